"""From when and until when a text is law, as it says itself: 自…起施行, 有效期…, 截至…停止执行."""

import re
from datetime import date, timedelta

from knowledge_base.dates import DAY, day, months_later, with_last_days, years_later
from knowledge_base.text import numeral

_HAN = "\u4e00-\u9fff"
_SELF = rf"(?:^|[。；，\n]|本[{_HAN}（）()]{{1,12}})"
_BEGINS = r"起?(?:正式|开始)?(?:施行|实施|执行|生效|试行)"
_FROM = re.compile(rf"{_SELF}[^。；\n《》]{{0,12}}?[自从于]{DAY}{_BEGINS}")
_FROM_ISSUE = re.compile(
    rf"{_SELF}[^。；\n《》]{{0,12}}?自?(?:公布|发布|印发|颁布|下发|发文|签发)之日起"
    r"(?:满?(\d{1,3}|[一二三四五六七八九十]{1,3})(个月|日|天)后)?(?:正式|开始)?(?:施行|实施|执行|生效|试行)"
)
_COUNTED = (
    r"(?:(?:为期|为|是|暂定|暂定为|定为|暂为|共)?(\d{1,2}|[一二两三四五六七八九十]{1,2})(年|个月)|(?:为|暂定)?(半)年)"
    r"(?!后|以|内|多|度|来|左右|之?[前间中])"
)
_YEARS = re.compile(
    rf"(有效期限?|试行期限?|(?<!以)试行|(?:执行|实施|施行)(?:期限?|时间)|暂定){_COUNTED}"
)
_PLAINLY = ("有效期", "有效期限", "试行期", "试行期限")
"""What says without a subject beside it how long a text holds; 实施期限 is a project's too."""
_TEXT_ITSELF = (
    rf"(?:(?:^|[。；，、\n]|第\S{{1,6}}条[ \u3000]+)本(?:《[^《》]{{1,30}}》|(?:[{_HAN}]{{0,6}})?"
    r"(?:通知|公告|通告|办法|规定|意见|细则|措施|方案|政策|条例|规则|文件|制度|规程|决定))"
    r"|(?:^|[。；，、\n]|第\S{1,6}条[ \u3000]+)(?:上述|以上)(?:各项)?(?:政策|政策措施|措施))"
)
_UNTIL_NAMED = re.compile(
    r"(?:(?:有效|执行|实施|施行|试行|政策)(?:期限?|时间)?(?:暂定|限)?[为是：:]?(?:截至|截止到?|至|到)|日起(?:至|到))"
    r"\d{4}年(?:年?[底末](?!前)|\d{1,2}月(?:份|底|末)?(?![\d前]))"
)
"""Until the end of a year or month; 到2026年底 alone is mostly an aim (到2026年底达到60%)."""
_STOPS = re.compile(
    rf"{_TEXT_ITSELF}[^。；\n《》]{{0,16}}?(自|从|截至|截止到?|至|到|于){DAY}(?:起|止|后)?[，,]?"
    r"(?:即|自动|自行|同时)?(?:停止(?:执行|施行|实施)|终止(?:执行|实施)?|不再(?:执行|施行|实施)|失效|废止)"
    r"(?=[。；，,、）)\n]|$)"
)
_ENDS_LINE = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}、|第\S{1,6}条)?[ \u3000]*(?:本政策|政策)?(?:的)?"
    r"(?:有效|实施|执行|施行|试行)(?:期限?|时间)[为是：:\s]*"
    r"(?:(?:自|从)?(\d{4})年\d{1,2}月\d{1,2}日起?[至到—－―–~～-]+"
    r"|(?:自?(?:即日|[发公印][发布]之日)起)?(?:截至|截止到?|至|到))"
    r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日止?[。；]?$",
    re.MULTILINE,
)
"""A line that says only until when, as 三、实施期限 of a paper."""
_ANY_DAY = re.compile(DAY)
_OF_OTHERS = re.compile("证|资格|资质|许可|认定")
_SINCE = rf"(?:^|{_TEXT_ITSELF}[，,]?)自(?:{DAY}|\S{{2,4}}之日)起(?:先行|暂)?$"
_UNTIL = re.compile(
    rf"{_TEXT_ITSELF}[^。；\n《》]{{0,30}}?(?:有效期|执行期限|实施期限|执行|施行|实施|有效)"
    rf"[^。；\n《》]{{0,24}}?(?:截至|截止到|截止|至|到){DAY}"
)
_FROM_TO = re.compile(
    rf"{_SELF}[^。；\n《》]{{0,12}}?自{DAY}起?(?:至|到){DAY}止?(?:施行|实施|执行|有效)"
    rf"|(?:有效期|执行期限|实施期限|试行期限?|施行期限)(?:为|是|限)?自?{DAY}起?(?:至|到){DAY}"
)
_UNTIL_BARE = re.compile(
    r"(?:施行|实施|执行|生效|试行)，[^。；\n《》]{0,10}?(?:"
    rf"(?:有效|执行|实施|施行|试行)(?:期限?|时间)?(?:暂定|限)?[为是]?(?:截至|截止到?|至|到){DAY}"
    rf"|(?:截至|截止|至|到){DAY}(?=止|[。；\n（(]|$))"
)


def begin_of(text: str, issued: date | None) -> date | None:
    """The first day on which `text` is law, as its closing clause says; days are in figures."""
    match = _last(_FROM, text)
    if match:
        return day(*match.groups())
    match = _last(_FROM_TO, text)
    if match:
        return day(*[group for group in match.groups() if group][:3])
    match = _last(_FROM_ISSUE, text)
    if match is None or issued is None:
        return None
    count, unit = match.groups()
    if not count:
        return issued
    length = int(count) if count.isdecimal() else numeral(count) or 0
    return issued + timedelta(days=length * (30 if unit == "个月" else 1))


def end_of(text: str, start: date | None) -> date | None:
    """The last day on which `text`, law from `start` on, is law; None where it tells no end."""
    match = _last(_FROM_TO, text)
    if match:
        return day(*[group for group in match.groups() if group][3:])
    text = _UNTIL_NAMED.sub(lambda named: with_last_days(named.group()), text)
    if match := _last(_STOPS, text):
        how, *last = match.groups()
        end = day(*last)
        return end - timedelta(days=1) if end and how in ("自", "从") else end
    match = _last(_UNTIL, text) or _last(_UNTIL_BARE, text)
    if match:
        return day(*filter(None, match.groups()))
    return _end_of_line(text) or _end_of_count(text, start)


def _end_of_line(text: str) -> date | None:
    """The day that the one line about the time of the whole tells; of several each has its own."""
    ends = {
        day(to_year or year or "0", month, of_month)
        for year, to_year, month, of_month in _ENDS_LINE.findall(text)
    }
    end = ends.pop() if len(ends) == 1 else None
    named = filter(None, (day(*match.groups()) for match in _ANY_DAY.finditer(text)))
    return end if end and all(other <= end for other in named) else None


def _end_of_count(text: str, start: date | None) -> date | None:
    """The last day where a text says for how long it holds: 有效期5年, 试行一年."""
    for match in _YEARS.finditer(text):
        said, count, unit, half = match.groups()
        # 证书有效期5年 is none of the text's own: only the clause that says since when may say it.
        clause = re.split(r"[。；\n]", text[max(0, match.start() - 60) : match.start()])[-1]
        if not start or _OF_OTHERS.search(clause) or not _is_own(clause, said):
            continue
        number = 6 if half else int(count) if count.isdecimal() else numeral(count)
        if number:
            later = years_later if unit == "年" else months_later
            return later(start, number)
    return None


def _is_own(clause: str, said: str) -> bool:
    """Whether the words before `said` make it the time of the text, not of a project in it."""
    bare = re.sub(r"^第.{1,6}条\s*", "", clause)
    if re.search(rf"(?:施行|实施|执行|生效|试行)[，,、]?\s*$|{_SINCE}", bare):
        return True
    if said in _PLAINLY:
        return not bare or bool(re.search(_TEXT_ITSELF, bare))
    return bool(re.search(rf"{_TEXT_ITSELF}(?:的|暂|先行)?$", bare))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match: the clause that says since when closes a text."""
    return max(pattern.finditer(text), key=lambda match: match.start(), default=None)
