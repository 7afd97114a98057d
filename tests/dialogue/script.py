"""Reads conversations: one YAML file per topic, each conversation a chat of user lines.

A mistake in a file is an error that names the file and the conversation: a misspelt word would
otherwise be an expectation that nothing ever checks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
TOPICS = ("guide", "service", "guardian", "companion", "everywhere", "safety")
GROUPS = ("happy path", "correction", "digression", "cancellation", "adversarial")
SPEECH = ("plain", "sichuan")
SPEAKERS = ("我", "别人")
PROCESSES = ("rasa", "actions", "web", "worker")
DEEDS = {"办结": "close", "办理": "start", "挂起": "suspend"}
"""What staff do with the ticket whose number was said last, and the desk's name for it."""
CATEGORIES = {
    "咨询": "consult",
    "求助": "help",
    "建议": "suggest",
    "投诉": "complain",
    "举报": "report",
}

# How each question of the ticket form is recognised: by its words, as a person would. The first
# that is found counts, so what a summary repeats of the others comes before them.
QUESTIONS = {
    "confirm": r"请核对[：:\n]|(?:没问题|没错|都对).{0,8}提交|确认.{0,4}提交",
    "change": r"改(?:哪|什么|成什么)|哪.{0,4}要改",
    "category": r"哪一?[类种]|(?:五|几|这些)类里",
    "what": (
        r"(?:请|再|麻烦您?)(?:说说|讲讲|说一[说下]|讲一[讲下]|描述|说具体)|说(?:得|清|具体)|"
        r"什么事|发生了什么|我在听|写清楚"
    ),
    "who": r"怎么称呼|称呼|姓名|您的?(?:名字|贵姓)",
    "contact": (
        r"(?:留|写|给).{0,6}(?:电话|手机|号码)|(?:电话|手机|号码).{0,8}(?:多少|是什么|核对)|联系方式"
    ),
}
NOTHING_ASKED = "nothing"


class ScriptError(Exception):
    """A conversation file that cannot be read; the message names the place and what is wrong."""


@dataclass(frozen=True, slots=True)
class TicketExpected:
    """A ticket as the desk should hold it; None: not looked at."""

    category: str | None = None
    text: tuple[str, ...] = ()
    not_text: tuple[str, ...] = ()
    who: str | None = None
    phone: str | None = None
    """As staff see it: 139****1111, or 不留."""


@dataclass(frozen=True, slots=True)
class Done:
    """What must exist in the desk for the speaker after the turn; None: not looked at."""

    tickets: tuple[TicketExpected, ...] | None = None
    count: int | None = None
    staff: tuple[str, ...] | None = None
    """Patterns of the reason a person was asked for; empty: nobody was."""
    staff_know: tuple[str, ...] = ()
    """Patterns of what staff must find in tickets, their notes, or requests for a person."""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a person and what must come of it; or a process that is killed (`restart`), or
    what staff do with the ticket spoken of (`staff`, one of DEEDS' moves)."""

    speaker: str = "我"
    text: str = ""
    restart: str = ""
    staff: str = ""
    says: tuple[str, ...] = ()
    not_says: tuple[str, ...] = ()
    cites: tuple[str, ...] | None = None
    """Patterns of title or number; empty: nothing may be cited."""
    offers: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    """Names of QUESTIONS, one of which the last reply must put."""
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat with a fresh visitor."""

    topic: str
    group: str
    name: str
    turns: tuple[Turn, ...]
    speech: str = "plain"
    covers: tuple[str, ...] = ()
    """Intents of docs/dialogue.md that it tries."""

    @property
    def file(self) -> str:
        return f"tests/dialogue/{self.topic}.yml"

    @property
    def id(self) -> str:
        return f"{self.topic}·{self.name}"

    @property
    def alone(self) -> bool:
        """Whether it disturbs others: it kills a process."""
        return any(turn.restart for turn in self.turns)


def read_all(folder: Path = HERE) -> list[Conversation]:
    """The conversations of every topic. Raises ScriptError."""
    return [talk for topic in TOPICS for talk in read_topic(folder / f"{topic}.yml")]


def read_topic(path: Path) -> list[Conversation]:
    """The conversations of one file. Raises ScriptError."""
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - a safe one
    except (OSError, yaml.YAMLError) as error:
        raise ScriptError(f"{path.name}: {error}") from error
    place = _Place(path.name)
    groups = place.mapping(body, GROUPS)
    talks = [
        _conversation(entry, path.stem, group, place.inside(f"{group}, number {position}"))
        for group, entries in groups.items()
        for position, entry in enumerate(place.inside(group).items(entries), 1)
    ]
    names = [talk.name for talk in talks]
    for name in names:
        if names.count(name) > 1:
            raise place.wrong(f"two conversations are called {name!r}")
    return talks


class _Strict(yaml.SafeLoader):
    """YAML's safe loader, which takes the last of two equal keys, made to refuse them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the files we are, and the checks that name it when they fail."""

    name: str

    def inside(self, part: str) -> "_Place":
        return _Place(f"{self.name}: {part}")

    def wrong(self, reason: str) -> ScriptError:
        return ScriptError(f"{self.name}: {reason}")

    def mapping(self, body: object, known: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(body, dict):
            raise self.wrong(f"a mapping was expected, not {body!r}")
        for key in body:
            if key not in known:
                raise self.wrong(f"{key!r} is none of {', '.join(known)}")
        return body

    def items(self, body: object) -> list[Any]:
        if not isinstance(body, list) or not body:
            raise self.wrong(f"a list was expected, not {body!r}")
        return body

    def one_of(self, value: object, known: tuple[str, ...]) -> str:
        if value not in known:
            raise self.wrong(f"{value!r} is none of {', '.join(known)}")
        return str(value)

    def patterns(self, body: object) -> tuple[str, ...]:
        """One pattern or several, each of which must compile."""
        found = [str(each) for each in (body if isinstance(body, list) else [body])]
        for pattern in found:
            try:
                re.compile(pattern)
            except re.error as error:
                raise self.wrong(f"{pattern!r} is no regular expression: {error}") from error
            if not pattern:
                raise self.wrong("an empty pattern is always found")
        return tuple(found)


def _conversation(entry: object, topic: str, group: str, place: _Place) -> Conversation:
    fields = place.mapping(entry, ("name", "speech", "covers", "chat"))
    name = fields.get("name")
    if not isinstance(name, str) or not name:
        raise place.wrong("a conversation needs a name")
    place = place.inside(name)
    turns = tuple(
        _turn(each, place.inside(f"turn {number}"))
        for number, each in enumerate(place.items(fields.get("chat")), 1)
    )
    return Conversation(
        topic=topic,
        group=group,
        name=name,
        turns=turns,
        speech=place.one_of(fields.get("speech", "plain"), SPEECH),
        covers=tuple(str(fields.get("covers", "")).split()),
    )


def _turn(body: object, place: _Place) -> Turn:
    known = ("repeat", "says", "not_says", "cites", "offers", "asks", "done", "restart", "staff")
    fields = place.mapping(body, (*SPEAKERS, *known))
    if "restart" in fields:
        if len(fields) > 1:
            raise place.wrong("a restart stands alone")
        return Turn(restart=place.one_of(fields["restart"], PROCESSES))
    if "staff" in fields:
        if len(fields) > 1:
            raise place.wrong("what staff do stands alone")
        return Turn(staff=DEEDS[place.one_of(fields["staff"], tuple(DEEDS))])
    speakers = [name for name in SPEAKERS if name in fields]
    if len(speakers) != 1:
        raise place.wrong("a turn has one speaker")
    text = fields[speakers[0]]
    times = fields.get("repeat", 1)
    if not isinstance(text, str):
        raise place.wrong(f"{text!r} is no text: put it in quotation marks")
    if not isinstance(times, int):
        raise place.wrong(f"repeat: {times!r} is no number")
    return Turn(
        speaker=speakers[0],
        text=text * times,
        says=place.patterns(fields.get("says", [])),
        not_says=place.patterns(fields.get("not_says", [])),
        cites=_patterns_or_none(fields, "cites", place),
        offers=place.patterns(fields.get("offers", [])),
        asks=tuple(
            place.one_of(each, (*QUESTIONS, NOTHING_ASKED))
            for each in str(fields.get("asks", "")).split("|")
            if each
        ),
        done=_done(fields["done"], place.inside("done")) if "done" in fields else None,
    )


def _patterns_or_none(fields: Mapping[str, Any], key: str, place: _Place) -> tuple[str, ...] | None:
    """None when not written; the word `nothing` is an empty tuple."""
    if key not in fields:
        return None
    return () if fields[key] == "nothing" else place.patterns(fields[key])


def _done(body: object, place: _Place) -> Done:
    if body == "nothing":
        return Done(count=0, staff=())
    known = ("ticket", "tickets", "staff", "staff_know", "withdrawn")
    fields = place.mapping(body, known)
    if "ticket" in fields and "tickets" in fields:
        raise place.wrong("write ticket or tickets")
    tickets: tuple[TicketExpected, ...] | None = None
    count = None
    if "ticket" in fields:
        tickets = (_ticket(fields["ticket"], place),)
    elif isinstance(given := fields.get("tickets"), int):
        count = given
    elif "tickets" in fields:
        tickets = tuple(_ticket(each, place) for each in place.items(given))
    return Done(
        tickets=tickets,
        count=len(tickets) if tickets is not None else count,
        staff=_patterns_or_none(fields, "staff", place),
        staff_know=place.patterns(fields.get("staff_know", [])),
        withdrawn=bool(fields.get("withdrawn", False)),
    )


def _ticket(body: object, place: _Place) -> TicketExpected:
    fields = place.mapping(body, ("category", "text", "not_text", "who", "phone"))
    category = fields.get("category")
    return TicketExpected(
        category=CATEGORIES[place.one_of(category, tuple(CATEGORIES))] if category else None,
        text=place.patterns(fields.get("text", [])),
        not_text=place.patterns(fields.get("not_text", [])),
        who=fields.get("who"),
        phone=fields.get("phone"),
    )


def lines(talks: list[Conversation]) -> Iterator[str]:
    """Everything people say in `talks`."""
    for talk in talks:
        for turn in talk.turns:
            yield turn.text
