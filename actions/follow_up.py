"""引导员: a question that leans on the last one is answered from the same document first."""

import re

from django.utils import timezone

from actions.answers import SEARCHED, Said, arranged, marked, shown, topic, unsure
from actions.aspects import ASPECTS, tells
from actions.base import PERSON, Message
from actions.knowledge import shelf
from actions.last_question import (
    SWAPPED,
    LastQuestion,
    own_words,
    rewritten,
)
from knowledge_base.answer import Answer, Citation, answer
from knowledge_base.dates import day_of
from knowledge_base.documents import Document
from knowledge_base.extract import document_line, source_line
from knowledge_base.passages import Passage
from knowledge_base.subject import term_weights

_UNTIL = re.compile(r"哪年|截止|到期|有效期|什么时候为止|到什么时候|到啥时候|到好久|期限")
_SOURCE = re.compile(
    r"依据|(?:哪个|什么|啥)文件|文件(?:编?号|名)|文号|哪一?条|谁发的?|原文|出处|哪年的规定"
)
_WHETHER = re.compile(
    r"也?(?:能|可以)?(?:适用|享受|符合|算)[^，。,]{0,4}[吗不么]|也(?:能|可以|行)[吗不么]"
)
_WHOM = re.compile(r"适用|对象|不限|是指|面向|可以享受")
# 在哪点儿申请嘛: what is left besides asks as well.
_NO_SUBJECT = re.compile(r"点儿|哪点|申请|申报|办理|领取|可以|需要|具体")
NEAR = 0.5
"""A passage of the same document is worth quoting from this share of the best hit's score."""


def look_up_following(message: Message, last: LastQuestion) -> tuple[Said, LastQuestion]:
    """The reply, and what the next follow-up leans on. Raises KnowledgeNotReady."""
    knowledge = shelf.open()
    today = timezone.localdate()
    question = rewritten(message, last)
    named = tuple((each.entity, each.value) for each in message.named if each.entity in SWAPPED)
    hits = knowledge.search(question, top=SEARCHED, as_of=today)
    same = [hit for hit in hits if hit.passage.document_id == last.document]
    if same and not named and (direct := told_of_itself(message.text, same[0].passage)):
        return direct, last
    found = answer(question, knowledge, as_of=today)
    cited = [citation.passage for citation in found.citations]
    apt = found.sure and any(tells(message.text, passage) for passage in cited)
    answered = cited[0] if apt else None
    if answered and (named or answered.document_id == last.document):
        return _arranged(message, question, found), _next(question, message, last, answered)
    if same and not named and same[0].score >= NEAR * hits[0].score:
        inside = knowledge.search(f"{last.title} {own_words(message.text)}", top=50, as_of=today)
        own = [hit.passage for hit in inside if hit.passage.document_id == last.document]
        own = [passage for passage in own if tells(message.text, passage)]
        if own:
            return shown(Citation(own[0])), last
        return not_told(same[0].passage), last
    if answered:
        return _arranged(message, question, found), _next(question, message, last, answered)
    if same and _WHETHER.search(message.text):
        # 外资企业也适用吗: what the document says of whom it is for.
        whom = [hit.passage for hit in same if _WHOM.search(hit.passage.text)]
        if whom:
            return shown(Citation(whom[0])), last
    return unsure(found, understood=True), last


def _arranged(message: Message, question: str, found: Answer) -> Said:
    swaps = any(each.entity in SWAPPED for each in message.named)
    asked = question if swaps else message.text
    return arranged(asked, found, shelf.open(), follows=not swaps)


def own_subject(message: Message) -> set[str]:
    """The words by which a message names a subject of its own: none in 去哪个窗口. Raises
    KnowledgeNotReady."""
    words = own_words(message.text)
    for asks, _ in ASPECTS:
        words = re.sub(asks, " ", words)
    words = _NO_SUBJECT.sub(" ", words)
    return set(term_weights(words, shelf.open().view().index))


def changes_subject(message: Message, last: LastQuestion) -> bool:
    """Whether a message shaped like a follow-up speaks of something else: 那公章去哪里刻.

    A word that neither the last question nor its document knows is something else, unless it is a
    firm, trade, trait or place that takes the place of the last one's. Raises KnowledgeNotReady.
    """
    words = own_subject(message)
    swapped = "".join(
        message.text[each.start : each.end] for each in message.named if each.entity in SWAPPED
    )
    words = {word for word in words if word not in swapped and word not in last.text}
    if not words or not last.document:
        return False
    passages = shelf.open().view().index.passages
    own = [passage for passage in passages if passage.document_id == last.document]
    told = last.title + "".join(
        part for each in own for part in (*each.heading, each.text, *each.asked)
    )
    return not any(word in told for word in words)


def not_told(passage: Passage) -> Said:
    """An honest word that the document is silent on it, and who would know."""
    text = f"《{topic(passage)}》里没写这一点，我不乱说。要不要请工作人员答复您？"
    return Said(text, [PERSON], (Citation(passage),), True)


def told_of_itself(text: str, passage: Passage) -> Said | None:
    """What the document's own particulars answer: until when it holds, what it is called."""
    document = passage.document
    if _UNTIL.search(text):
        text = f"{holds(document)}\n\n{document_line(document)}"
        return marked(Said(text, [], (Citation(passage),)))
    if _SOURCE.search(text):
        link = f"\n原文：{document.url}" if document.url else ""
        return marked(Said(source_line([passage]) + link, [], (Citation(passage),)))
    return None


def holds(document: Document) -> str:
    """From when and until when a document holds, in one sentence."""
    begins = f"自{day_of(document.effective)}起施行" if document.effective else "现行有效"
    ends = (
        f"，执行到**{day_of(document.expires)}**"
        if document.expires
        else "，文件里没有写截止日期，现行有效"
    )
    return f"{begins}{ends}。"


def _next(question: str, message: Message, last: LastQuestion, quoted: Passage) -> LastQuestion:
    # What the swapped words were lies elsewhere in the new question: it is kept without places.
    same = quoted.document_id == last.document
    kept = last.named if same and question == last.text else ()
    return LastQuestion(question, quoted.document_id, topic(quoted), kept)
