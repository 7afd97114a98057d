"""Replies about policies: quotations with their source, never words of our own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils import timezone
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_PERSON, PERSON, Event, Message
from actions.brief import brief
from actions.knowledge import shelf
from actions.last_question import LastQuestion, question_of
from knowledge_base.answer import Answer, Citation, Verdict, answer, choices
from knowledge_base.extract import SAMPLE_NOTICE, bold_figures, source_line, validity_line
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase

_POINTED = re.compile(r"^请看《(?P<topic>.+)》(?P<article>第[^》]{1,12})?$")
_THANKS = re.compile(
    r"^(?:谢谢|多谢|感谢|好的|麻烦)[啊哈嘛了您你哦]*[，,。！!\s]+(?:(?:再|还)想?问一?[下哈句个]?[，,：:]?)?"
)
_ENDS = re.compile(r"[。！？；][」”）]*|\n")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
SEARCHED = 20
FEWEST_CHARACTERS = 3
LONGEST_TITLE = 24
LONGEST_QUOTATION = 220
DETAILS = {"title": "详细", "payload": "详细"}
OTHERS = 2
"""How many other topics are offered beside an answer that may be beside the point."""
DOUBTFUL = "下面是最接近的规定，不一定正好是您问的："
FORBIDDEN = (
    "这样做可能违法，怎么做我不能教。要是我理解错了，您换个说法再问一次；"
    "是别人这样做的，您可以举报；有难处，可以转给工作人员。"
)
REPORT = {"title": "我要举报", "payload": "我要举报"}
SAMPLE = "这是演示用的样本，不能照着办。本地到底有没有这项，请点“转人工”问工作人员。"


@dataclass(frozen=True, slots=True)
class Said:
    """A reply about policies: its text, its quick replies and what it rests on."""

    text: str
    buttons: list[dict[str, str]]
    citations: tuple[Citation, ...]
    offers_person: bool = False
    more: str = ""
    """A second bubble: what else of the same document has to be seen."""
    rest: str = ""
    """What is said when 详细 is asked for."""

    @property
    def choices(self) -> list[dict[str, str]]:
        """The quick replies, 详细 first where more is kept."""
        return [*([DETAILS] if self.rest else []), *self.buttons]

    @property
    def passage(self) -> Passage | None:
        """What was quoted first; None when the reply only points."""
        return self.citations[0].passage if self.citations and not self.offers_person else None


def say(dispatcher: CollectingDispatcher, said: Said) -> None:
    """Utters `said` with its buttons, its citations and what it offers; 详细 where more is kept.

    The last bubble has the buttons: channels that merge bubbles show the last ones only.
    """
    carried = {
        "citations": [citation.as_json() for citation in said.citations],
        "offer": OFFER_PERSON if said.offers_person else "",
        "rest": said.rest,
    }
    if said.more:
        dispatcher.utter_message(text=said.text, json_message=carried)
        dispatcher.utter_message(text=said.more, buttons=said.choices)
    else:
        dispatcher.utter_message(text=said.text, buttons=said.choices, json_message=carried)


def arranged(
    question: str, found: Answer, knowledge: KnowledgeBase, *, follows: bool = False
) -> Said:
    """A sure answer as it is said; a sample policy is called one, and a person offered.

    What may be beside the point is said to be so, with what else is near.
    """
    short_form = brief(question, found, knowledge.view(), follows=follows)
    said = Said(short_form.first, [], found.citations, more=short_form.more, rest=short_form.rest)
    if found.doubtful:
        near: dict[str, Citation] = {}
        for each in found.nearest:
            near.setdefault(topic(each.passage), each)
        text = f"{DOUBTFUL}\n\n{said.text}"
        said = replace(said, text=text, buttons=[*pointers(near)[:OTHERS], PERSON])
    elif found.other_time:
        # What held then we do not have; a person can look it up.
        said = replace(said, buttons=[PERSON])
    return marked(said)


def pointers(near: Mapping[str, Citation]) -> list[dict[str, str]]:
    """Buttons that ask for the passages `near`, by their topic."""
    return [
        {"title": short(name), "payload": f"请看《{name}》{citation.passage.article}"}
        for name, citation in near.items()
    ]


def marked(said: Said) -> Said:
    """`said` as it is, or begun with the word that it quotes a sample, with a person to ask."""
    if not said.citations or not said.citations[0].passage.sample:
        return said
    text = said.text.replace(SAMPLE_NOTICE, "").strip()
    buttons = said.buttons if PERSON in said.buttons else [*said.buttons, PERSON]
    return replace(said, text=f"{SAMPLE_NOTICE}{SAMPLE}\n\n{text}", buttons=buttons)


def remember(message: Message, said: Said) -> list[Event]:
    """Keeps the question for those that lean on it, unless nobody knows what it was."""
    if said.passage is None:
        known = message.intent in ("ask_policy", "ask_procedure")
        return [question_of(message).as_slot()] if known else []
    name = topic(said.passage)
    if _POINTED.match(message.text):
        return [LastQuestion(name, said.passage.document_id, name).as_slot()]
    return [question_of(message, document=said.passage.document_id, title=name).as_slot()]


def look_up(message: Message) -> Said:
    """The reply to a policy question. Raises KnowledgeNotReady."""
    knowledge = shelf.open()
    today = timezone.localdate()
    if pointed := _POINTED.match(message.text):
        wanted, article = pointed["topic"], pointed["article"] or ""
        for hit in knowledge.search(wanted + article, top=SEARCHED, as_of=today):
            if topic(hit.passage) == wanted and article in (hit.passage.article, ""):
                return shown(Citation(hit.passage))
    # 谢谢啊，再问一句…: thanks are no part of the question, and make it look like chat.
    found = answer(_THANKS.sub("", message.text) or message.text, knowledge, as_of=today)
    if (not found.sure or found.doubtful) and message.heard and message.heard != message.text:
        # The same in standard words: 殘保金, 锁得税, 咋个.
        again = answer(message.heard, knowledge, as_of=today)
        found = again if again.sure and not (found.sure and again.doubtful) else found
    if found.sure and is_bare_topic(message.text, knowledge):
        # A word is no question yet: what of it the person wants, they choose.
        found = choices(message.text, knowledge, as_of=today)
    if found.sure:
        return arranged(message.text, found, knowledge)
    if found.verdict is Verdict.LAPSED:
        return Said(found.text, [PERSON], found.citations, True)
    if found.verdict is Verdict.UNLAWFUL:
        return forbidden(found)
    if len(set(_CHINESE.findall(message.text))) < FEWEST_CHARACTERS:
        # Too little to be near anything: what the search still finds would only puzzle.
        found = Answer("", False, (), ())
    return unsure(found, understood=message.intent in UNDERSTOOD)


UNDERSTOOD = frozenset({"ask_policy", "ask_procedure", "policy_status", "follow_up"})


def is_bare_topic(text: str, knowledge: KnowledgeBase) -> bool:
    """Whether `text` is a single word: 小微企业."""
    return len(list(knowledge.view().index.analyser.segments(text))) == 1


def shown(citation: Citation) -> Said:
    """The passage the person chose, as it stands; what no screen holds is kept for 详细."""
    passage = citation.passage
    text, rest = halves(passage.text)
    source = "\n".join(filter(None, (source_line([passage]), validity_line(passage))))
    said = "\n\n".join((bold_figures(text), source))
    return marked(Said(said, [], (citation,), rest=bold_figures(rest)))


def halves(text: str) -> tuple[str, str]:
    """The first sentences of `text` that a screen holds, and the others."""
    if len(text) <= LONGEST_QUOTATION:
        return text, ""
    ends = [end.end() for end in _ENDS.finditer(text)] or [len(text)]
    at = max((end for end in ends if end <= LONGEST_QUOTATION), default=ends[0])
    return text[:at].strip(), text[at:].strip()


def forbidden(found: Answer) -> Said:
    """A refusal to help with what is unlawful, with the rule where a document of ours has it."""
    if not found.rule:
        return Said(FORBIDDEN, [REPORT, PERSON], (), True)
    said = shown(found.rule)
    text = f"{FORBIDDEN}\n\n{said.text}"
    return replace(said, text=text, buttons=[REPORT, PERSON], offers_person=True)


def unsure(found: Answer, *, understood: bool) -> Said:
    """An honest "not sure" with the nearest documents as buttons, and a person."""
    if understood:
        text = "这个问题我没查到有把握的依据，不乱答。"
    else:
        text = "这句我没听明白，您换个说法再问一次？"
    nearest = {topic(citation.passage): citation for citation in found.nearest}
    if nearest:
        text += "您是不是想了解下面这些？都不是的话，要不要转给工作人员？"
    else:
        text += "要不要转给工作人员？也可以打12345。"
    buttons = pointers(nearest)
    if found.clarifying:
        text = f"{found.clarifying.question}\n\n{text}"
        asked = [{"title": said, "payload": whole} for said, whole in found.clarifying.choices]
        buttons = [*asked, *buttons]
    return Said(text, [*buttons, PERSON], tuple(nearest.values()), True)


def topic(passage: Passage) -> str:
    """What the document is about: its title without the official name that follows in brackets."""
    return re.split(r"[（(]?《", passage.title.strip("《》"))[0].strip() or passage.title


def short(name: str) -> str:
    """A topic that fits a button."""
    return name if len(name) <= LONGEST_TITLE else name[: LONGEST_TITLE - 1] + "…"
