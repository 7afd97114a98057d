"""When a text ends that is about one activity: with the activity, where it says so of the whole."""

import re
from datetime import date

from knowledge_base.dates import DAY, day

_ACTIVITY = re.compile(
    "活动|公告|通告|消费券|以旧换新|促消费|下乡|大赛|比赛|竞赛|评选|征集|报名|(?:组织|开展|做好|受理)[^《》]{0,40}申报"
    "|申报[^《》]{0,30}的?(?:通知|公告|通告)"
)
_BEGINS = (
    r"(?:^|[。；\n]|[一二三四五六七八九十]、|[（(][一二三四五六七八九十][）)]|\d[.．、])[ \u3000]*"
)
_TO = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"
_CLOCK = r"(?:[上下]午|晚上?)?(?:\d{1,2}(?:[：:时点]\d{0,2}分?)?)?"
_RUNS = re.compile(
    rf"{_BEGINS}(?:本次|此次|本)?(?:活动|申报|报名|征集)(?:受理)?(?:时间|期限|日期)?[为是：:\s]*[自从]?"
    rf"{DAY}{_CLOCK}起?[至到—－~-]+{_TO}"
)
_CLOSES = re.compile(
    rf"{_BEGINS}(?:本次|此次|本)?(?:活动|申报|报名|征集)(?:受理)?(?:(?:时间|期限|日期)?[为是：:]*"
    rf"(?:截止到?|截至|截止至)|截止(?:时间|日期)[为是：:]*){DAY}"
)
_LASTS = re.compile(
    rf"^(?:[一二三四五六七八九十]{{1,3}}、)?有效期限?(?:截?至|到){DAY}。?$", re.MULTILINE
)
_DAY = re.compile(DAY)
_IN_TURNS = re.compile("第[一二三四五\\d]+[批轮期次]|分批|分期|每月")


def end_of_activity(title: str, text: str) -> date | None:
    """The last day of the one activity that a text is about; None where it may go on.

    Its title must name an activity, one sentence with it as subject must tell its end, and no later
    day may stand in the text: else the end is that of a step (报名, 初审), not of the whole.
    """
    if not _ACTIVITY.search(title) or _IN_TURNS.search(text):
        return None
    ends = {_end(match) for match in _RUNS.finditer(text)}
    ends |= {day(*match.groups()) for match in _CLOSES.finditer(text)}
    ends |= {day(*match.groups()) for match in _LASTS.finditer(text)}
    if len(ends) != 1:
        return None
    end = ends.pop()
    named = filter(None, (day(*match.groups()) for match in _DAY.finditer(text)))
    return end if end and all(other <= end for other in named) else None


def _end(match: re.Match[str]) -> date | None:
    year, *_, to_year, month, of_month = match.groups()
    return day(to_year or year, month, of_month)
