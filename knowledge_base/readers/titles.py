"""The title of a text that has no marked one: what stands at its head and ends like a title."""

import re
from collections.abc import Sequence

from knowledge_base.dates import DAY
from knowledge_base.numbers import BRACKETED_YEAR
from knowledge_base.outline import mark_of

_HEAD = 14
_PART = 6
"""Characters from which on a line may be a part of the title."""
_LONGEST = 110
_WORDS = re.compile(
    r"(?:通知|通告|公告|通报|意见|决定|决议|命令|令|办法|规定|细则|条例|方案|规划|计划|规则|规程|制度|措施|政策|指南|目录|标准|函"
    r"|批复|报告|法|解读|清单|指引|要点|若干政策措施|章程|纲要|须知)(?:[（(][^（()）]{1,20}[）)]){0,2}$"
)
_RULE = "-—–─━═=*\uff0a_\ufe4f~\uff5e★☆"
"""What rules are drawn with."""
_COUNT = r"[（(]?第?[\s\d\u3007一二三四五六七八九十百]+号[）)]?"
_NUMBERED = rf"(?:[^。《》]{{2,40}}(?:令|公告)\s*)?(?:\d{{4}}年)?{_COUNT}"
_SKIPPED = re.compile(
    rf"[^。]{{0,24}}{BRACKETED_YEAR}\s*第?\s*\d+\s*号|{_NUMBERED}"
    rf"|(?![^。]*关于)[^。]{{2,40}}(?:文件|部门)|[{_RULE}\s\d]*|附件\s*\d*[：:]?"
    r"|(?:机密|秘密|特急|加急|急件).{0,6}|[^：:]{2,8}[：:].*|首页.*|当前位置.*|目\s*录"
)
_ORDER = re.compile(r"[^。《》]{2,40}(?:令|公告)")
_ORDERED = re.compile(rf"(?:{BRACKETED_YEAR}|\d{{4}}年)?\s*{_COUNT}")
"""第 18 号, on the line below 某某人民政府令."""
_BEFORE_TEXT = re.compile(
    r"(?!根据|按照|依据|依照|为|经|现|因|由于|贯彻|落实)"
    r"[^，。；：！？《》\s]{0,60}(?:[ \u3000][^，。；：！？《》\s]{2,40}){0,3}?"
    r"关于(?:《[^《》]+》|[^，。；：！？《》\s]){2,80}?"
    r"的(?:通知|通告|公告|通报|公示|决定|意见|批复|函|提示|公开信|倡议书)(?:[（(][^（()）]{1,20}[）)])?"
    r"(?=[ \u3000]|[因为经现自各兹将]|根据|按照|依据|依照|由于|鉴于|随着|近[日期来年]|定于|广大"
    r"|尊敬|[^，。；]{2,30}[：:])"
)
"""A title that its text follows on the same line."""

_LONE_DAY = re.compile(rf"[（(]?{DAY}(?:印发|发布|公布)?[）)]?")
_NUMBER = re.compile(rf"[^。；：:]{{0,24}}{BRACKETED_YEAR}\s*第?\s*\d+\s*号")
_STAMP = re.compile(
    rf"[^。]{{0,24}}{BRACKETED_YEAR}\s*第?\s*\d+\s*号|[{_RULE}\s]+|{_NUMBERED}"
    r"|(?:机密|秘密|特急|加急|急件).{0,6}"
)
_WHOSE = re.compile(r"[^。，：:]{2,40}(?:文件|令)")
_OFFICE = r"[\u4e00-\u9fff（）]{2,30}(?:厅|局|部|委|委员会|政府|办公室|院|中心|署|总队|支队|大队)"
_SIGNED = re.compile(
    rf"{_OFFICE}(?:[ \u3000]+{_OFFICE})*|(?:抄送|抄报|主题词)[：:].{{0,60}}"
    rf"|{_OFFICE}[ \u3000]*{DAY}(?:印发)?|[（(]?(?:此件|本文)[^。]{{0,20}}[）)]?"
)
_DATED = re.compile(rf"{DAY}|^抄[送报]")
_TO_WHOM = re.compile(
    r"(?=各|尊敬的|亲爱的|广大|全[市县区省体校]|[省市县区州][级直]|有关|相关|驻"
    r"|.{1,20}(?:政府|委员会|办公室|[局厅委院办])[（(，、：:])"
    r"(?!.*(?:如下|下列|以下|包括|应当?|负责|职责|可以|不得|[是为]))[^。；！？]{2,160}"
    r"(?:单位|部门|政府|公司|企业|中心|公民|市民|居民|群众|朋友|同志|商家|户|人员|家长|学生|同学"
    r"|纳税人|缴费人|经营者|业主|旅客|乘客|先生|女士|村民|园区|机构|组织|学校|银行|协会|[局厅委办部会院校处所站室社行村镇)）])"
    r"(?:[（(][^（()）]{2,30}[）)])?[：:]"
)
"""Whom a letter is to: 各县（区）人民政府，市级各部门： and not 申报单位：."""
# 决定废止下列文件： is no salutation but leads to a list.
_ADDRESSED = re.compile(r"(?!.*(?:废止|失效|(?:不再|停止)执行))[^。；！？]{2,160}[：:]")


def title_in(lines: Sequence[str]) -> str:
    """The title at the head of `lines`, else the first line that may be one; empty for none."""
    if title := worded_title(lines):
        return title
    for line in _head(lines):
        if mark_of(line) is not None:
            break
        if line and len(line) <= _LONGEST and "。" not in line and not _SKIPPED.fullmatch(line):
            return line
    return ""


def worded_title(lines: Sequence[str]) -> str:
    """The title at the head of `lines` that ends like one, joined when it fills several."""
    head = _head(lines)
    ordered = ""
    for start, line in enumerate(head):
        if mark_of(line) is not None:
            break
        if _no_title(line):
            continue
        if _ORDER.fullmatch(line) and _ORDERED.fullmatch("".join(head[start + 1 : start + 2])):
            # What the 令 puts into force has a title of its own below, as a rule.
            ordered = ordered or line
        elif "。" in line or len(line) > _LONGEST:
            if not any(head[:start]) and (found := _BEFORE_TEXT.match(line)):
                return found.group(0)
        elif found_title := _joined(head[start : start + 4]):
            return found_title
    return ordered


def _joined(lines: Sequence[str]) -> str:
    """The title that the first of `lines` begins, over as many of them as it fills."""
    joined = ""
    for line in lines:
        joined += line.replace(" ", "")
        ends = len(joined) > _LONGEST or "。" in joined or joined.endswith(("：", ":"))
        if ends or (joined != line and _no_title(line) and line):
            return ""
        if _WORDS.search(joined):
            return joined
    return ""


def _no_title(line: str) -> bool:
    return bool(_SKIPPED.fullmatch(line) or _LONE_DAY.fullmatch(line))


def letterhead(lines: Sequence[str], title: str) -> int:
    """How many of the first `lines` only head a text: whose 文件, its number, day, title, to whom.

    0 unless the title (or a part of it on a line of its own) is among them.
    """
    bare, titled, count = _bare(title), False, 0
    for place, line in enumerate(lines[:_HEAD], start=1):
        text = _plain(line) or line.strip()
        if not text:
            continue
        if _bare(text) == bare or (len(text) >= _PART and _bare(text) in bare):
            titled, count = True, place
        elif (
            _STAMP.fullmatch(text)
            or _LONE_DAY.fullmatch(text)
            or (not titled and _WHOSE.fullmatch(text))
        ):
            count = place
        elif titled and _ADDRESSED.fullmatch(text) and mark_of(text) is None and line[:1] != "#":
            return place
        else:
            break
    return count if titled else 0


def without_address(lines: Sequence[str], number: str) -> list[str]:
    """`lines` less those that only tell to whom a text goes, and its own 文号 on a line alone.

    They stand above a text, or below the title of one within it; elsewhere 各县（区）： heads a
    list of duties, and a lone 文号 is one of a list of papers.
    """
    kept, above, first = list[str](), True, True
    for line in lines:
        text = _plain(line).strip("*_ \u3000")
        own = text and number and _bare(text) == _bare(number)
        if own or (above and first and _NUMBER.fullmatch(text)):
            continue
        if above and mark_of(text) is None and _TO_WHOM.fullmatch(text):
            above = first = False
            continue
        if text:
            titled = "。" not in text and len(text) <= _LONGEST and bool(_WORDS.search(text))
            begins = "。" in text or text.endswith(("：", ":")) or mark_of(text) is not None
            first = first and not begins and (titled or line[:1] != "#")
            above = first or (titled and not begins)
        kept.append(line)
    return kept if any(map(str.strip, kept)) else list(lines)


def closing(lines: Sequence[str]) -> int:
    """How many of the last `lines` only close a text: who signs, the day, 抄送, 印发.

    0 where no day and no 抄送 is among them, and where they answer a heading (受理单位：).
    """
    count, dated = 0, False
    for place, line in enumerate(reversed(lines[-_HEAD:]), start=1):
        text = line.strip()
        if not text:
            continue
        if not (_SIGNED.fullmatch(text) or _LONE_DAY.fullmatch(text)):
            heads = text.startswith("#") or text.endswith(("：", ":"))
            return count if dated and not heads else 0
        count, dated = place, dated or bool(_DATED.search(text))
    return count if dated else 0


def _bare(text: str) -> str:
    return re.sub(r"[\s《》]", "", text)


def _head(lines: Sequence[str]) -> list[str]:
    return [_plain(line) for line in lines[:_HEAD]]


def _plain(line: str) -> str:
    """`line` without the marks of a heading, of bold letters and of rules drawn beside it."""
    return line.lstrip("# ").strip(f" \u3000\t{_RULE}")
