"""Which 文号 is a text's own: that of its title, under its title, on its page, in its note.

A text cites, amends and repeals many others with their numbers; those stand in its sentences.
"""

import re

from knowledge_base.dates import DAY

_HEAD = 400
_HAN = "\u4e00-\u9fff"
_OPEN, _CLOSE = r"[〔\[\uff3b【(（\ufe5d]", r"[〕\]\uff3d】)）\ufe5e]"
BRACKETED_YEAR = rf"{_OPEN}(?:19|20)\d{{2}}{_CLOSE}"
"""〔2026〕 in all the brackets that papers write it with."""
_BLANK = r"[ \u3000]*"
_COUNT = r"[\d\u3007零一二三四五六七八九十百]{1,6}"
_REFERENCE = (
    rf"(?!依据|根据|按照|参照|经|为|见|落实|贯彻)[{_HAN}]{{1,16}}{_BLANK}{BRACKETED_YEAR}"
    rf"{_BLANK}第?{_BLANK}\d{{1,5}}{_BLANK}号"
)
# On a sheet of its own the office's 令 and its number are two lines.
_ORDER = (
    rf"[{_HAN}、 ]{{2,40}}?(?:令|公告)\s*(?:{BRACKETED_YEAR}|\d{{4}}年)?\s*[（(]?第{_BLANK}"
    rf"{_COUNT}{_BLANK}号[）)]?"
)
_NOTED = (
    rf"[{_HAN}、]{{2,40}}?(?:令{_BLANK}[（(]?第{_BLANK}{_COUNT}{_BLANK}号[）)]?|第{_COUNT}号令)"
)
_ANYWHERE = re.compile(rf"(?:^|[\s。；]|\A[（(])({_REFERENCE}|{_ORDER})")
_IN_TITLE = re.compile(rf"[（(]({_REFERENCE}|{_ORDER})[）)]\s*$")
_BENEATH = re.compile(rf"^[ \u3000]*({_REFERENCE}|{_ORDER})(?=\s|$)", re.MULTILINE)
_IN_NOTE = re.compile(
    rf"[（(][^（()）。]{{0,80}}?{DAY}[ \u3000，,]*(?:由|以)?({_REFERENCE}|{_NOTED})"
    r"(?:文件)?[ \u3000]*(?:公布|发布|印发|颁布)"
)
_TEXT_BEGINS = re.compile(r"。|[：:][ \u3000]*$", re.MULTILINE)
_LIST = re.compile(
    r"^[^\n]{0,20}(?:目录|清单|一览表|名单)$"
    r"|(?:废止|失效|(?:不再|停止)执行|继续有效)[^\n。]*[：:](?=[ \u3000]*$)",
    re.MULTILINE,
)
"""What leads to a list of other papers: 废止目录, 决定废止下列文件："""
_ROW = re.compile(
    r"^[ \u3000]*(?:\||\d{1,3}；|[^：；。\n]{1,24}：[^；。\n]*；[^：；。\n]{1,24}："
    r"|(?:[-*+]|\d{1,3}[.、．]|[（(][\d一二三四五六七八九十]{1,3}[）)])[ \u3000]*"
    rf"(?:《|{_REFERENCE}))[^\n]*$",
    re.MULTILINE,
)
"""A row of a table, an item of a list: another paper with its 文号."""
_OF_OTHER = re.compile(
    "(?:废止|失效|修改|修订|延长|继续执行)[^》]*《[^《》]*(?:《[^《》]*》)*[^《》]*》$"
)
_OFFICES = re.compile(rf"([{_HAN}、\s]{{2,60}}?)(?:令|公告)")


def own_number(title: str, text: str, labelled: str) -> str:
    """The 文号 of the text itself as it is written; `labelled` is what its page calls so.

    Days in `text` are in figures. Empty when it tells none.
    """
    at_end = _IN_TITLE.search(title)
    # 关于废止《…》（巴府发〔2019〕5号）: that is the other's.
    if at_end and not _OF_OTHER.search(title[: at_end.start()]):
        return at_end.group(1)
    head = _ROW.sub("", before_lists(_below(title, text)))
    beneath = _BENEATH.search(_TEXT_BEGINS.split(head, maxsplit=1)[0])
    if beneath:
        return beneath.group(1)
    if labelled:
        return labelled
    if noted := _IN_NOTE.search(head):
        return noted.group(4)
    found = _ANYWHERE.search(head)
    return found.group(1) if found else ""


def before_lists(head: str) -> str:
    """`head` up to where it begins to list other papers."""
    found = _LIST.search(head)
    return head[: found.end()] if found else head


def _below(title: str, text: str) -> str:
    """The head of a text without its title."""
    head = text[: _HEAD + len(title)].replace(f"# {title}", "").lstrip()
    while title and head.startswith(title):
        head = head[len(title) :].lstrip()
    return head[:_HEAD]


def tidy_number(number: str) -> str:
    """A 文号 in one form: 〔2026〕 whatever the brackets, 令第9号, no blanks within."""
    plain = re.sub(r"[\uff10-\uff19]", lambda found: str(int(found.group(0))), number)
    plain = re.sub(r"\s+", "", plain)
    plain = re.sub(rf"{_OPEN}((?:19|20)\d{{2}}){_CLOSE}", r"〔\1〕", plain)
    plain = re.sub(rf"[（(]?(第{_COUNT}号)[）)]?$", r"\1", plain)
    return re.sub(rf"(第{_COUNT}号)令$", r"令\1", plain)


def issuer_in(number: str) -> str:
    """Who issued the 令 or 公告 with this `number`; empty for 巴府发 and its kin."""
    plain = re.sub(rf"(第{_COUNT}号)令$", r"令\1", number)
    found = _OFFICES.match(plain)
    return found.group(1).strip() if found else ""
