"""What a text says of itself: 文号, issuer, dates, whether it is still law.

Only what stands where official texts put it is believed (head, signature, closing clause): a text
names many other documents with their numbers and dates.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from knowledge_base.dates import DAY, day, first_day, in_figures, years_later
from knowledge_base.text import numeral

_HEAD = 400
_LONGEST = 300_000
"""Characters that are looked through; of longer texts the beginning and the end."""
_HAN = "\u4e00-\u9fff"
_YEAR = r"[〔\[\uff3b【(（](?:19|20)\d{2}[〕\]\uff3d】)）]"
_REFERENCE = (
    rf"(?!依据|根据|按照|参照|经|为|见|落实|贯彻)[{_HAN}]{{1,16}}{_YEAR}"
    r"(?:第|\s)?\d{1,5}号"
)
_ORDER = (
    rf"[{_HAN}、 ]{{2,40}}?(?:令|公告)[ \u3000]*(?:{_YEAR}|\d{{4}}年)?[ \u3000]*第[ \u3000]*"
    r"[\d\u3007零一二三四五六七八九十百]{1,6}[ \u3000]*号"
)
_NUMBER = re.compile(rf"(?:^|[\s。；]|\A[（(])({_REFERENCE}|{_ORDER})")
_IN_TITLE = re.compile(rf"[（(]({_REFERENCE}|{_ORDER})[）)]\s*$")
_LABELLED = {
    "number": re.compile(r"(?:发文字号|文\s*号|文件编号)[：:]\s*([^；;\n，。]{4,40}?号)"),
    "issuer": re.compile(
        r"(?:发文机关|发布机构|制定机关|发文单位|发布机关)[：:]\s*([^；;\n。]{2,60})"
    ),
    "issued": re.compile(r"(?:成文日期|印发日期|公布日期|发文日期)[：:]\s*([^；;\n]{6,20})"),
    "published": re.compile(r"(?:发布日期|发布时间|生成日期)[：:]\s*([^；;\n]{6,20})"),
    "effective": re.compile(r"(?:施行日期|实施日期|生效日期)[：:]\s*([^；;\n]{6,20})"),
    "expires": re.compile(r"(?:废止日期|失效日期|有效期至)[：:]\s*([^；;\n]{6,20})"),
    "status": re.compile(r"(?:有\s*效\s*性|时效性|文件状态|效力状态)[：:]\s*([^；;\n。]{2,10})"),
}
_OFFICE = re.compile(
    rf"[{_HAN}（）]{{2,60}}(?:厅|局|部|委|委员会|政府|办公室|院|会|中心|银行|署|银保监局|集团|公司)"
)
_DAY = re.compile(DAY)
_GOES_ON = re.compile(r"[，、前后至起以印公发施实通成召第]|[（(]?星期")
_SELF = rf"(?:^|[。；，\n]|本[{_HAN}（）()]{{1,12}})"
_BEGINS = r"起?(?:正式|开始)?(?:施行|实施|执行|生效|试行)"
_FROM = re.compile(rf"{_SELF}[^。；\n《》]{{0,12}}?自{DAY}{_BEGINS}")
_FROM_ISSUE = re.compile(
    rf"{_SELF}[^。；\n《》]{{0,12}}?自?(?:公布|发布|印发|颁布|下发|发文|签发)之日起"
    r"(?:满?(\d{1,3}|[一二三四五六七八九十]{1,3})(个月|日|天)后)?(?:正式|开始)?(?:施行|实施|执行|生效|试行)"
)
_YEARS = re.compile(r"有效期(?:限)?(?:为|是|暂定|定为)?(\d{1,2}|[一二两三四五六七八九十]{1,2})年")
_TEXT_ITSELF = (
    rf"(?:(?:^|[。；，、\n])本(?:[{_HAN}]{{0,6}})?(?:通知|公告|办法|规定|意见|细则|措施|方案|政策|条例"
    r"|规则|文件|制度|规程|决定)|(?:^|[。；，、\n])(?:上述|以上)政策)"
)
_UNTIL = re.compile(
    rf"{_TEXT_ITSELF}[^。；\n《》]{{0,30}}?(?:有效期|执行期限|实施期限|执行|施行|实施|有效)"
    rf"[^。；\n《》]{{0,24}}?(?:截至|截止到|截止|至|到){DAY}"
)
_FROM_TO = re.compile(
    rf"{_SELF}[^。；\n《》]{{0,12}}?自{DAY}起?(?:至|到){DAY}止?(?:施行|实施|执行|有效)"
    rf"|(?:有效期|执行期限|实施期限)(?:为|是|限)?自?{DAY}起?(?:至|到){DAY}"
)
_UNTIL_BARE = re.compile(
    rf"(?:施行|实施|执行|生效|试行)，[^。；\n《》]{{0,10}}?(?:有效期|执行|实施)?(?:截至|截止|至|到){DAY}"
)
_GONE = re.compile(
    r"[（(\[【](?:已|全文)?(废止|失效)[）)\]】]"
    r"|本(?:文|文件|法规|规章|公告|通知|办法)(?:现)?(?:已|全文)(?:经)?(?:被)?(?:宣布)?(废止|失效)"
)


def read_particulars(title: str, text: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a Document that `text` itself tells; `found` is what stood around it on its page.

    Never a pair of dates that contradict each other.
    """
    if len(text) > _LONGEST:
        text = f"{text[: 2 * _LONGEST // 3]}\n{text[-_LONGEST // 3 :]}"
    text = in_figures(text)
    labels = f"{found.get('labels') or ''}\n{text[:_HEAD]}"
    told = {name: match.group(1).strip() for name, match in _labelled(labels)}
    signature = _signature(text)
    number = told.get("number") or _number(title, text)
    issued = first_day(told.get("issued", "")) or (signature[1] if signature else None)
    issued = issued or _promulgated(text) or first_day(told.get("published", ""))
    issued = issued or first_day(str(found.get("published") or ""))
    effective = first_day(told.get("effective", "")) or _effective(text, issued)
    expires = first_day(told.get("expires", "")) or _expires(text, effective or issued)
    if expires and effective and expires < effective:
        expires = None
    fields: dict[str, Any] = {
        "number": tidy_number(number),
        "issuer": told.get("issuer") or (signature[0] if signature else ""),
        "issued": issued,
        "effective": effective,
        "expires": expires,
        "status": _status(title, told.get("status", ""), f"{labels}\n{text[-_HEAD:]}"),
    }
    return {name: value for name, value in fields.items() if value}


def tidy_number(number: str) -> str:
    """A 文号 in one form: 〔2026〕 whatever the brackets, no blanks within."""
    return re.sub(
        r"[\[\uff3b【(（]((?:19|20)\d{2})[\]\uff3d】)）]", r"〔\1〕", re.sub(r"\s+", "", number)
    )


def _labelled(labels: str) -> list[tuple[str, re.Match[str]]]:
    found = ((name, pattern.search(labels)) for name, pattern in _LABELLED.items())
    return [(name, match) for name, match in found if match]


def _number(title: str, text: str) -> str:
    at_end = _IN_TITLE.search(title)
    if at_end:
        return at_end.group(1)
    head = text[: _HEAD + len(title)].replace(f"# {title}", "")
    while title and head.startswith(title):
        head = head[len(title) :].lstrip()
    match = _NUMBER.search(head[:_HEAD])
    return match.group(1) if match else ""


def _signature(text: str) -> tuple[str, date] | None:
    """Offices and day where a text is signed: the first day that follows an office's name."""
    for match in _DAY.finditer(text):
        signed = day(*match.groups())
        if signed is None or _GOES_ON.match(text[match.end() : match.end() + 3]):
            continue
        before = text[max(0, match.start() - 160) : match.start()].rstrip()
        pieces = re.split(r"[。；！？：”，\n\s]+", before)
        offices: list[str] = []
        for piece in reversed(pieces):
            if not _OFFICE.fullmatch(piece) or len(offices) == 8:
                break
            offices.insert(0, piece)
        # A clause such as 报送至某某局 ends in an office too; a signature is nothing but names.
        if offices and not re.search(r"[在由向报将于对经至]", offices[-1][:12]):
            return " ".join(offices), signed
    return None


def _promulgated(text: str) -> date | None:
    """The day in the note under a law's title: `（2019年10月8日…通过 …公布）`."""
    head = text[:_HEAD]
    found = re.search(rf"{DAY}[^。\d]{{0,40}}(?:公布|发布)", head)
    found = found or re.search(rf"{DAY}[^。）)]{{0,60}}通过", head)
    return day(*found.groups()) if found else None


def _effective(text: str, issued: date | None) -> date | None:
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


def _expires(text: str, start: date | None) -> date | None:
    match = _last(_FROM_TO, text)
    if match:
        return day(*[group for group in match.groups() if group][3:])
    match = _last(_UNTIL, text) or _last(_UNTIL_BARE, text)
    if match:
        return day(*match.groups())
    # 证书有效期5年 is none of the text's own: only the clause that says since when may say it.
    for match in _YEARS.finditer(text):
        clause = re.split(r"[。；\n]", text[max(0, match.start() - 60) : match.start()])[-1]
        clause = re.sub(r"^第.{1,6}条\s*", "", clause)
        closing = r"(?:施行|实施|执行|生效|试行)[，,、]?\s*$"
        own = not clause or re.search(rf"{_TEXT_ITSELF}|{closing}", clause)
        if own and start and not re.search("证|资格|资质|许可|认定", clause):
            count = match.group(1)
            years = int(count) if count.isdecimal() else numeral(count)
            return years_later(start, years) if years else None
    return None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match: the clause that says since when closes a text."""
    return max(pattern.finditer(text), key=lambda match: match.start(), default=None)


def _status(title: str, told: str, text: str) -> str:
    for word, status in (("废止", "已废止"), ("失效", "已失效")):
        if word in told and "未" not in told:
            return status
    gone = _GONE.search(title) or _GONE.search(text)
    if gone is None:
        return ""
    return "已废止" if "废止" in (gone.group(1) or gone.group(2)) else "已失效"
