"""When a text ends that is about one activity, or one stop of water: with it, where it says so."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from knowledge_base.dates import DAY, day

_ACTIVITY = re.compile(
    "活动|公告|通告|消费券|以旧换新|促消费|下乡|大赛|比赛|竞赛|评选|征集|报名|(?:组织|开展|做好|受理)[^《》]{0,40}申报"
    "|申报[^《》]{0,30}的?(?:通知|公告|通告)"
)
_BEGINS = (
    r"(?:^|[。；\n]|[一二三四五六七八九十]、|[（(][一二三四五六七八九十][）)]|\d[.．、]|第.{1,6}条)"
    r"[ \u3000]*"
)
_DASH = "—－―–~～-"
_FROM = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"
_TO = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_CLOCK = r"(?:[（(]?[^\n，。；（）()\d]{0,4}[）)]?)?(?:\d{1,2}(?:[：:时点]\d{0,2}分?)?)?[）)]?"
_RUNS = re.compile(
    rf"{_BEGINS}(?:本次|此次|本)?(?:活动|申报|报名|征集)(?:受理)?(?:时间|期限|日期)?[为是：:\s]*[自从]?"
    rf"{_FROM}{_CLOCK}起?[至到{_DASH}]+{_TO}"
)
_CLOSES = re.compile(
    rf"{_BEGINS}(?:本次|此次|本)?(?:活动|申报|报名|征集)(?:受理)?(?:(?:时间|期限|日期)?[为是：:]*"
    rf"(?:截止到?|截至|截止至)|截止(?:时间|日期)[为是：:]*){DAY}"
)
_LASTS = re.compile(
    rf"^(?:[一二三四五六七八九十]{{1,3}}、)?有效期限?(?:截?至|到){DAY}。?$", re.MULTILINE
)
_DAY = re.compile(_FROM)
_REPORTED = re.compile("总结|汇总|报[送省市县区厅局告]")
"""What the offices write to each other when the activity is over."""
_IN_TURNS = re.compile("第[一二三四五\\d]+[批轮期次]|分批|分期|每月")
_HAPPENS = re.compile(
    r"停(?:水|气|电|热|供|暖)|断(?:水|电|气|道|网)|降压供[水气]|(?:交通|道路|临时|全线)(?:管制|封闭)"
    r"|(?:占道|封闭|道路|路面|管[网道]|改造|维修|检修|桥梁|夜间)[^《》]{0,8}施工|停机(?!坪)|系统(?:维护|升级)"
    r"|暂停(?:办理|服务|营业|业务|对外)|放假|闭馆|招聘会|宣讲会"
)
"""What is over when its days are, whatever a notice says of it."""
_TELLS = re.compile(
    r"(?:公告|通告|通知|公示|提示|告示|启事|预告|安排)(?:[（(][^（）()]{1,20}[）)])?$"
)
_RULES = re.compile(
    r"办法|规定|细则|条例|制度|规范|规程|预案|方案|标准|意见|管理(?:的|工作)|工作的"
)
_GOES_ON = re.compile(
    r"每(?:周|月|年|逢)|长期|直至|(?:恢复|解除|结束|开通|复工)[^。；\n]{0,12}(?:另行|待定|为止)"
)
_SPAN = re.compile(rf"{_FROM}{_CLOCK}起?[至到{_DASH}]+{_TO}")
_OF_ONE_DAY = re.compile(
    rf"{_FROM}(?:{_CLOCK}[至到{_DASH}]+(次日)?[^\n，。；\d]{{0,3}}\d{{1,2}}[：:时点]"
    r"|[^\n，。；\d]{0,8}(?:全天|[一1]天))"
)
_LATE = 90
"""Days before its notice that something may have begun."""
_OPEN = re.compile(rf"[自从]{_FROM}{_CLOCK}起(?![^。；]{{0,16}}[至到{_DASH}])")


def end_of_activity(title: str, text: str, issued: date | None = None) -> date | None:
    """The last day of the one activity that a text is about; None where it may go on.

    Its title must name an activity, one sentence with it as subject must tell its end, and no later
    day may stand in the text: else the end is that of a step (报名, 初审), not of the whole. A day
    without a year is of the year in the title, or the first of its name that is not over when the
    text is issued.
    """
    if _HAPPENS.search(title) and _TELLS.search(title) and not _RULES.search(title):
        return _last_day(title, text, issued)
    if not _ACTIVITY.search(title) or _IN_TURNS.search(text):
        return None
    ends = {_end(match, title, issued) for match in _RUNS.finditer(text)}
    ends |= {day(*match.groups()) for match in _CLOSES.finditer(text)}
    ends |= {day(*match.groups()) for match in _LASTS.finditer(text)}
    if len(ends) != 1:
        return None
    end = ends.pop()
    if end is None:
        return None
    named = (
        _dated(found, title, issued) or day(str(end.year), *found[1:])
        for sentence in re.split("[。\n]", text)
        for found in _DAY.findall(sentence)
        if found[0] or not _REPORTED.search(sentence)
    )
    return end if all(other <= end for other in named if other) else None


def _last_day(title: str, text: str, issued: date | None) -> date | None:
    """The last day named in a notice of what happens on days that it tells, from when to when."""
    if _GOES_ON.search(text) or _OPEN.search(text):
        return None
    # The days are near the issue: those of a notice about New Year are of two years.
    year = "" if issued else title
    told = [_end(match, year, issued) for match in _SPAN.finditer(text)]
    for match in _OF_ONE_DAY.finditer(text):
        *named, over_night = match.groups()
        found = _dated(named, year, issued)
        told.append(found + timedelta(days=1) if found and over_night else found)
    if not told or None in told:
        return None
    named_days = (_dated(named, year, issued) for named in _DAY.findall(text))
    return max(filter(None, [*told, *named_days]))


def _end(match: re.Match[str], title: str, issued: date | None) -> date | None:
    year, month, of_month, to_year, to_month, to_day = match.groups()
    start = _dated((year, month, of_month), title, issued)
    if start is None:
        return None
    to_year = to_year or str(start.year + (int(to_month or month) < int(month)))
    return day(to_year, to_month or month, to_day)


def _dated(named: Sequence[str | None], title: str, issued: date | None) -> date | None:
    """The day of a year, month and day; without a year in the title's, or the next after issue."""
    year, month, of_month = (part or "" for part in named)
    if year:
        return day(year, month, of_month)
    years = set(re.findall(r"(20\d{2})年", title))
    if len(years) == 1:
        return day(years.pop(), month, of_month)
    if issued is None:
        return None
    same = day(str(issued.year), month, of_month)
    # What began shortly before it was announced is of this year all the same.
    late = same is not None and (issued - same).days > _LATE
    return day(str(issued.year + 1), month, of_month) if late else same
