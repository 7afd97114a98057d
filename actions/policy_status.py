"""引导员: what is new, what still holds, what has ended, as the documents themselves say."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import Said, look_up, remember, say, short, topic
from actions.base import PERSON, DeskAction, Event, Message, ask, read_message
from actions.follow_up import holds
from actions.knowledge import shelf
from actions.last_question import LastQuestion
from knowledge_base.answer import Citation
from knowledge_base.dates import day_of
from knowledge_base.documents import Status
from knowledge_base.drafts import is_draft
from knowledge_base.extract import SAMPLE_NOTICE, document_line
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import fold

_ENDING = re.compile(r"到期|快过期|要过期|即将")
_ENDED = re.compile(r"废止|失效|作废|停了|取消了?哪|不再执行")
_NEW = re.compile(
    r"最近|最新|新出|新的|近期|这个月|今年|这几天|刚出|刚发|上个?(?:星期|周|月)|出台|更新|新政|新规"
)
_LAW = re.compile(r"[\u4e00-\u9fff]{2,12}?(?:暂行条例|条例|实施细则)")
_LAWS_IN_GENERAL = {"这个条例", "那个条例", "新的条例", "什么条例"}
LISTED = 4
SOON = timedelta(days=120)
FEWEST_CHARACTERS = 3
_COMMON = frozenset(
    {"四川", "巴中", "示例", "四川企业", "中小企业", "民营企业", "小微企业", "企业所得税"}
)


class PolicyStatus(DeskAction):
    """The state of the policy that is named; else the newest, those ending soon or those ended."""

    def name(self) -> str:
        return "action_policy_status"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        said, events = await ask(state_of, message, timezone.localdate())
        say(dispatcher, said)
        return events


def state_of(message: Message, today: date) -> tuple[Said, list[Event]]:
    """The reply, and what is kept of the question. Raises KnowledgeNotReady."""
    knowledge = shelf.open()
    firsts = first_passages(knowledge)
    if named := named_in(message, firsts):
        name = topic(named)
        return told(named, today), [LastQuestion(name, named.document_id, name).as_slot()]
    text = fold(message.text)
    if names_unknown_law(text, firsts):
        said = look_up(message)
        return said, remember(message, said)
    if _ENDING.search(text):
        return as_list("这几项快到期了：", ending_soon(firsts, today)), []
    if _ENDED.search(text):
        return as_list("我这里记着已经停止执行的有：", ended(firsts, today)), []
    if _NEW.search(text):
        return as_list("我这里收录的，最近发布的是这几项：", newest(firsts, today)), []
    said = look_up(message)
    return said, remember(message, said)


def first_passages(knowledge: KnowledgeBase) -> list[Passage]:
    """The first passage of every document, whether or not it is in force."""
    first: dict[str, Passage] = {}
    for passage in knowledge.view().index.passages:
        first.setdefault(passage.document_id, passage)
    return list(first.values())


def named_in(message: Message, firsts: Sequence[Passage]) -> Passage | None:
    """The document that the message names most fully; None when it names none, or one that is
    not on file: its neighbours are not asked for."""
    text = fold(f"{message.text}\n{message.heard}")
    wanted = [fold(value) for value in message.values("policy")]
    if names_unknown_law(text, firsts):
        return None
    best: tuple[int, Passage] | None = None
    for passage in firsts:
        document = passage.document
        names = [topic(passage), *document.topics]
        own = [name for name in names if name not in _COMMON and len(name) >= FEWEST_CHARACTERS]
        lengths = [len(name) for name in own if name in text]
        lengths += [len(value) for value in wanted if value in document.title + document.number]
        score = max(lengths, default=0)
        if score and (best is None or score > best[0]):
            best = (score, passage)
    return best[1] if best else None


def names_unknown_law(text: str, firsts: Sequence[Passage]) -> bool:
    """Whether a law is named that no document on file is about."""
    laws = [law for law in _LAW.findall(fold(text)) if law not in _LAWS_IN_GENERAL]
    return bool(laws) and not any(
        law in fold(first.document.title) for law in laws for first in firsts
    )


def told(passage: Passage, today: date) -> Said:
    """Whether the document holds on `today`, and until when."""
    document = passage.document
    notice = f"{SAMPLE_NOTICE}\n\n" if passage.sample else ""
    if document.in_force_on(today):
        text = f"还在执行。{holds(document)}"
        return Said(f"{notice}{text}\n\n{document_line(document)}", [], (Citation(passage),))
    if document.effective and document.effective > today:
        text = f"还没开始施行：{day_of(document.effective)}起生效。"
        return Said(f"{notice}{text}\n\n{document_line(document)}", [], (Citation(passage),))
    if document.status is Status.NOT_YET:
        draft = is_draft(document.title, document.body)
        reason = "征求意见的稿子不是现行规定" if draft else "从哪一天起施行，还没有公布"
        text = f"这项还没有施行：{reason}，不能作为依据。"
        return Said(f"{notice}{text}\n\n{document_line(document)}", [], (Citation(passage),))
    until = f"，执行到{day_of(document.expires)}为止" if document.expires else ""
    text = (
        f"这项已经停止执行了（{document.status.value}{until}）。"
        "有没有接着出新的，我这里没有收录，不敢说；要不要请工作人员帮您核实？"
    )
    cited = (Citation(passage),)
    return Said(f"{notice}{text}\n\n{document_line(document)}", [PERSON], cited, True)


def newest(firsts: Iterable[Passage], today: date) -> list[Passage]:
    """Documents in force, the latest issued first."""
    dated = [each for each in firsts if each.document.issued and _holds(each, today)]
    return sorted(dated, key=lambda each: str(each.document.issued), reverse=True)[:LISTED]


def ending_soon(firsts: Iterable[Passage], today: date) -> list[Passage]:
    """Documents that end within SOON of `today`, the first to end first."""
    ends = [
        each
        for each in firsts
        if each.document.expires and today <= each.document.expires <= today + SOON
    ]
    return sorted(ends, key=lambda each: str(each.document.expires))[:LISTED]


def ended(firsts: Iterable[Passage], today: date) -> list[Passage]:
    """Documents that were in force once and are no more."""
    gone = [each for each in firsts if not _holds(each, today) and not _begins(each, today)]
    return sorted(gone, key=lambda each: str(each.document.expires), reverse=True)[:LISTED]


def as_list(heading: str, passages: list[Passage]) -> Said:
    """The documents with their dates, as buttons too; an honest word when there are none."""
    if not passages:
        text = "我这里没有查到。要不要请工作人员帮您核实？"
        return Said(text, [PERSON], (), True)
    lines = [heading]
    for number, passage in enumerate(passages, 1):
        document = passage.document
        issued = f"{document.issued.year}年{document.issued.month}月发布" if document.issued else ""
        expires = f"执行到{day_of(document.expires)}" if document.expires else ""
        dates = "，".join(filter(None, (issued, expires)))
        sample = SAMPLE_NOTICE if passage.sample else ""
        lines.append(f"{number}. {sample}{topic(passage)}" + (f"（{dates}）" if dates else ""))
    lines.append("想看哪一项，点一下。没收录的我不知道，以发文部门公布的为准。")
    buttons = [
        {"title": short(topic(each)), "payload": f"请看《{topic(each)}》{each.article}"}
        for each in passages
    ]
    return Said("\n".join(lines), buttons, tuple(map(Citation, passages)))


def _holds(passage: Passage, today: date) -> bool:
    return passage.document.in_force_on(today)


def _begins(passage: Passage, today: date) -> bool:
    begins = passage.document.effective
    return begins > today if begins else passage.document.status is Status.NOT_YET
