"""Whether a text is a draft that is put up for comment: it is never law, whatever day it names.

Only its title, its head and the sentence that puts it up are believed: a law may say when drafts
are put up for comment, and a notice may have one as its 附件.
"""

import re

from knowledge_base.outline import mark_of

_HEAD = 14
_OPENING = 800
"""Characters in which a letter says what it is about."""
_STAGE = (
    r"(?:(?:征求|征询|征集|听取|公众|审查|修改)(?:[\u4e00-\u9fff]{0,4}意见|意见)?稿|征求意见|草案|意见稿"
    r"|(?:送审|报审|报批|讨论|审议|论证|听证|评审|代拟|公示|初|草)稿)"
)
_BRACKETED = rf"[（(\[【〔][^（()）《》【】]{{0,16}}?{_STAGE}[^（()）《》【】]{{0,14}}[）)\]】〕]"
_MARKED = re.compile(rf"{_BRACKETED}|{_STAGE}(?:[二三四\d]次审议稿)?[》”]?$|{_STAGE}》")
_AT_END = re.compile(rf"{_BRACKETED}$")
"""关于修改《…》的决定（征求意见稿）: the mark is that of the whole, whatever was decided."""
_ALONE = re.compile(rf"(?:{_BRACKETED}|{_STAGE})")
_TITLED = re.compile(rf"(?!附)[^。：:；，]{{4,80}}?{_BRACKETED}[》”]?")
_PAST = re.compile(
    r"采纳|反馈|意见[^《》]{0,8}(?:结果|情况|汇总)|结果的|(?:审议|审查|执行)[^《》稿]{0,8}(?:结果|情况|报告)"
    r"|(?:的|^)(?:决议|决定)$|关于(?:同意|批准|通过|颁布|颁发|发布|公布|施行)"
)
"""A title of what came after the draft: what was said of it, or that it is law now."""
_NAMES = (
    r"(?:办法|条例|规定|细则|方案|标准|规划|计划|措施|通告|目录|清单|规则|规程|指南|制度|章程|纲要"
    r"|预案|基准|大纲)"
)
_ASK = r"(?:征求|征询|征集|听取)"
_OPINIONS = r"(?:修改)?(?:意见|建议)(?:[和、及与]?(?:意见|建议))?"
_LETTER = r"的?(?:函|公告|通告|通知|启事|启示|公示|告示|说明|公开信|请示)"
_OBJECT = (
    rf"(?:《[^《》]+》[^《》，。]{{0,12}}?"
    rf"|[^《》，。]{{0,50}}?{_NAMES}(?:[（(][^（()）]{{1,20}}[）)]|草案|修订|修改|的)?)"
)
"""What comments are asked for: named in 《》, or by the name of such rules right before 意见;
对惠企政策意见建议 is about no draft."""
_PUT_UP = re.compile(
    rf"{_ASK}(?:对|有关|关于)?{_OBJECT}{_OPINIONS}(?:{_LETTER})?$"
    rf"|{_OBJECT}(?:公开|书面|社会)?{_ASK}[\u4e00-\u9fff]{{0,8}}?{_OPINIONS}(?:{_LETTER})?$"
    rf"|^(?:[^《》，。]{{0,20}}关于)?(?:面?向社会)?公开{_ASK}{_OPINIONS}的?(?:函|公告|通告|启事)?$"
)
_OF_PROCEDURE = re.compile(
    r"(?:规范性文件|法规|规章|立法|决策|重大事项|政策文件)(?:草案)?(?:的?公开)?(?:征求|征询|听取)"
    r"|过程中|(?:起草|制定)(?:工作|时|中)|关于(?:进一步)?(?:规范|加强|做好|完善|落实|建立|健全)(?!.*《)"
)
"""How comments are asked for is itself a matter of rules: 规范性文件公开征求意见的通知."""
_OPENS = re.compile(
    rf"(?:现(?![行有已经])|特|拟|兹)(?:(?!已|曾|经|规范|做好|加强|完善|落实)[^。]){{0,120}}?"
    rf"(?:公开|面?向社会|书面)[^。，]{{0,12}}?{_ASK}[^。，；]{{0,12}}?{_OPINIONS}"
    r"(?=[。，；,（(：:\s]|$)"
)
_SENT = re.compile(
    rf"(?:现将?|特将|兹将?)《[^《》]*{_BRACKETED}》[^。]{{0,12}}?(?:印发|发|送|公布|公示)[^。]{{0,24}}"
    r"[，。；][^。]{0,60}(?:反馈|意见|建议)"
)
_ANSWER = re.compile(r"反馈|邮箱|电子邮件|来信|来函|传真|提出[^。]{0,12}(?:意见|建议)|意见箱|留言")


def is_draft(title: str, body: str = "") -> bool:
    """Whether the title, the lines below it or the opening sentence say that it is a draft."""
    name = "".join(title.split())
    if _AT_END.search(name):
        return True
    if _PAST.search(re.sub(_BRACKETED, "", name)):
        return False
    if _MARKED.search(name):
        return True
    if _PUT_UP.search(name) and not _OF_PROCEDURE.search(name):
        return True
    return _marked_below(body) or _puts_up(body)


def _marked_below(body: str) -> bool:
    """Whether a line of the head, above the text, is such a mark or a title that bears one."""
    lines = (line.strip("#* \u3000\t") for line in body.split("\n"))
    for line in list(filter(None, lines))[:_HEAD]:
        if _ALONE.fullmatch(line) or _TITLED.fullmatch(line):
            return True
        if "。" in line or mark_of(line) is not None:
            break
    return False


def _puts_up(body: str) -> bool:
    """Whether the opening asks for comments on what follows, and tells how to give them."""
    opening = body[:_OPENING]
    lines = opening.split("\n")
    first = next((at for at, line in enumerate(lines) if line.startswith("第")), len(lines))
    said = "".join(lines[:first])
    return bool(_SENT.search(said) or (_OPENS.search(said) and _ANSWER.search(body)))
