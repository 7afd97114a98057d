"""Which other papers a text says something of by their 文号: in a sentence, a list or a table.

`《…》（巴府发〔2019〕5号）同时废止` says it in one sentence; `决定废止下列文件：` of every item
below it, until the list ends; a table of what was looked through of each row by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_base.documents import Document
from knowledge_base.numbers import BRACKETED_YEAR, tidy_number
from knowledge_base.passages import cut
from knowledge_base.text import sentences

NUMBER = re.compile(rf"[\u4e00-\u9fff]{{1,16}}[ \u3000]*{BRACKETED_YEAR}(?:第|\s)*\d{{1,5}}\s*号")
# 《关于废止…的决定》 is a name: what stands in it is not said here.
_NAME = re.compile("《[^《》〔\\[]*》|〈[^〈〉〔\\[]*〉")
_RESTS_ON = re.compile(
    r"^[（(]?[一二三四五六七八九十]?[、.]?(?:根据|依据|依照|按照|参照|遵照|经|为落实|落实)"
)
_IN_PART = re.compile(
    r"第[\d一二三四五六七八九十百]+[章节条款项]|中(?:的|有关|关于)|部分(?:条款|内容)|附件|附表"
    r"|(?:有关|相关)(?:规定|条款|内容|政策|要求)|的(?:规定|内容|要求)|不(?:一致|符|相符)的"
)
_INSTEAD = re.compile("(?<=[）)》号])被|[已现](?:被|由)|替代|代替|取代|改按")
"""What follows these words takes the place of what stands before them."""
_GOES_ON = re.compile("按照?.*(?:执行|办理)|延长|延续|顺延")
"""What is said of a paper that holds on, beside one that does not: 其他事项按《…》执行."""
_NOT_OF_NAME = ("了", "的", "以", "由", "件", "对", "将", "原", "和", "及", "与", "号", "文", "日")
"""What may stand before a 文号 without a blank; after anything else it is another's number."""
_MANY = re.compile("下列|以下|如下|附件|附表|目录|清单|名单|一览表")
_ROW = re.compile(r"[^：；。]{1,24}：[^；。]*；[^：；。]{1,24}：")
_LABELLED = re.compile(r"(?!附)([^：；。，《》]{1,14})[：:](?=.)")
_OF_PAPER = re.compile("文号|字号|名称|标题|题目|文件$")
_REASON = re.compile("说明|备注|理由|依据|原因|替代|代替")
_SHORT = 8
"""Up to so many characters 备注：废止 says what becomes of the paper, and no reason."""
_MARKER = re.compile(r"^\s*(?:[（(]?[\d一二三四五六七八九十]{1,3}[）)、.．]|[①-⑳]|[-*·●])?\s*")
_ITEM_ENDS = re.compile(
    r"(?:[）)》〕]|号|通知|通告|公告|意见|办法|规定|细则|方案|决定)[；;。，,、]?$"
)
_OTHERWISE = re.compile("其他|其它|按|依|根据|参照|经|由|见|此前|之前")


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of other papers: in words that match `told` where none match `unless`.

    What is said of a `whole` paper is not said of one by what concerns an article of it.
    """

    told: re.Pattern[str]
    unless: re.Pattern[str]
    whole: bool

    def is_in(self, text: str) -> bool:
        """Whether a sentence says it."""
        said = without_names(text)
        return bool(self.told.search(said)) and not self.unless.search(said)


def mentions(document: Document, saying: Saying) -> Iterator[tuple[str, str]]:
    """Each 文号 of which the text of `document` says so, and the sentence or sentences it is in."""
    if not saying.told.search(document.body):
        return
    lead, before = "", ""
    for passage in cut(document):
        path = "".join(passage.heading)
        if path != before and not _is_item(path):
            lead = path if saying.is_in(path) else ""
        before = path
        for piece in _pieces(passage.text):
            numbers = _numbers(piece, saying)
            if saying.is_in(piece):
                yield from ((number, piece) for number in numbers)
                lead = piece if _heads(piece) else lead
            elif saying.unless.search(without_names(piece)):
                lead = lead if _is_row(piece) else ""
            elif numbers and lead and _is_item(piece):
                yield from ((number, lead + piece) for number in numbers)
            elif _heads(piece) or (piece.endswith("。") and not _is_item(piece)):
                lead = ""


def without_names(text: str) -> str:
    """`text` without what stands in 《》, also one in another."""
    return _NAME.sub("", _NAME.sub("", text))


def is_named(named: str, number: str) -> bool:
    """Whether `named` is `number`: 印发了巴府发… is 巴府发…, but 川财税… is not 财税…"""
    before = named.removesuffix(number)
    return named.endswith(number) and (not before or before.endswith(_NOT_OF_NAME))


def _pieces(text: str) -> Iterator[str]:
    """The sentences of `text`; a row of a table and a line of reasons as one."""
    for line in text.split("\n"):
        if _is_row(line) or _is_reason(line):
            yield line.strip()
        else:
            yield from sentences(line)


def _numbers(piece: str, saying: Saying) -> list[str]:
    """The 文号 in `piece` but those of what it rests on and of what takes another's place."""
    if _is_row(piece):
        piece = "；".join(cell for cell in piece.split("；") if not _is_reason(cell))
    elif _is_reason(piece):
        return []
    found: list[str] = []
    for clause in re.split("[，,]", without_names(piece)):
        clause = _INSTEAD.split(clause)[0]
        if _GOES_ON.search(clause):
            continue
        numbers = list(NUMBER.finditer(clause))
        in_part = numbers and saying.whole and _IN_PART.search(clause[numbers[-1].end() :])
        if not (_RESTS_ON.match(clause.strip()) or in_part):
            found += [tidy_number(number.group()) for number in numbers]
    return found


def _heads(piece: str) -> bool:
    """Whether `piece` leads to a list: 决定废止下列文件："""
    said = without_names(piece)
    return not _is_row(piece) and (bool(_MANY.search(said)) or said.endswith(("：", ":")))


def _is_row(piece: str) -> bool:
    return bool(_ROW.match(piece))


def _is_reason(cell: str) -> bool:
    label = _LABELLED.match(cell)
    return bool(label and _REASON.search(label[1])) and len(cell) > _SHORT


def _is_item(piece: str) -> bool:
    """Whether `piece` is an item of a list of papers: a name, a 文号, a row, and no sentence."""
    if _is_row(piece):
        return True
    if label := _LABELLED.match(piece):
        return bool(_OF_PAPER.search(label[1]) or _REASON.search(label[1]))
    item = re.sub(r"[（(][^（()）]*[）)]", "（）", without_names(piece))
    item = _MARKER.sub("", item).rstrip("；;。，,、 ")
    named = "《" in piece or NUMBER.search(piece)
    plain = not re.search("[，。；：,;:]", item) and not _OTHERWISE.match(item)
    return bool(named and plain and (not item or _ITEM_ENDS.search(piece)))
