"""Holds conversations with a running product and tells what differs from what they expect."""

import re
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from tests.dialogue.checks import Said, misses
from tests.dialogue.desk import Desk, desk_of
from tests.dialogue.script import Conversation
from tests.dialogue.staff import move
from tests.stack import Product, Visitor

AT_ONCE = 8
PASSES = 2
PATIENCE = 60.0  # seconds for one answer on a busy machine
RESTART_PATIENCE = 180.0  # … while a process comes back

_NUMBER = re.compile(r"BZ\d{10}")
# What may differ between two passes of one conversation.
_CHANGING = (
    (_NUMBER, "BZ…"),
    (re.compile(r"(?<=查询码 )\d{8}"), "…"),
    (re.compile(r"\d{1,2}:\d{2}(?::\d{2})?"), "…:…"),
    (re.compile(r"\d{1,2}月\d{1,2}日(?=登记|办结|提交|受理|补充|撤)"), "…月…日"),
)


class NoAnswer(Exception):
    """Nothing was said in time."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A turn that went otherwise than expected."""

    turn: int
    line: str
    expected: list[str]
    got: str
    desk: str = ""
    before: tuple[str, ...] = ()
    """The talk up to here, a line a turn."""


@dataclass(slots=True)
class Outcome:
    """One pass through one conversation."""

    talk: Conversation
    misses: list[Miss] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    """Each turn's replies, with numbers and times masked."""
    slowest: float = 0.0
    """Seconds of the longest wait for an answer, restarts apart."""


class Person:
    """One visitor in one session, who waits for each answer."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._visitor = Visitor(product.url)
        self.last_message = ""

    def say(self, text: str, patience: float = PATIENCE) -> Said:
        """The replies to `text`. Raises NoAnswer."""
        message_id = uuid.uuid4().hex
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                # The same id again is the same turn: a lost connection repeats nothing.
                answer = self._visitor.post(text, message_id)
            except httpx.HTTPError:
                time.sleep(0.5)
                continue
            body = answer.json()
            if answer.status_code >= 400:
                error = body["error"]
                return Said(({"text": error["message"]},), error["code"])
            if not body["pending"]:
                self.last_message = message_id
                return Said(tuple(body["replies"]))
        raise NoAnswer(f"no answer within {patience:.0f} s")

    def desk(self) -> Desk:
        """What the desk holds of this person."""
        return desk_of(self._product, self.last_message) if self.last_message else Desk()


def hold(talk: Conversation, product: Product) -> Outcome:
    """Talks `talk` through once, with fresh visitors."""
    outcome = Outcome(talk)
    people: dict[str, Person] = {}
    heard = ""
    before: list[str] = []
    number = ""
    patience = PATIENCE
    for position, turn in enumerate(talk.turns, 1):
        if turn.restart:
            product.kill(turn.restart)
            patience = RESTART_PATIENCE
            outcome.replies.append("")
            continue
        if turn.staff:
            move(product, number, turn.staff)
            outcome.replies.append("")
            continue
        if turn.speaker not in people:
            people[turn.speaker] = Person(product)
        person = people[turn.speaker]
        line = turn.text.replace("{number}", number)
        heard += line
        started = time.monotonic()
        try:
            said = person.say(line, patience)
        except NoAnswer as error:
            outcome.misses.append(Miss(position, line, ["always: an answer"], str(error)))
            return outcome
        if patience == PATIENCE:
            outcome.slowest = max(outcome.slowest, time.monotonic() - started)
        patience = PATIENCE
        outcome.replies.append(masked(str(said), number))
        if given := _NUMBER.search(said.text):
            number = given[0]
        desk = person.desk() if turn.done is not None else None
        if missing := misses(turn, said, desk, heard=heard):
            held = str(desk) if any(each.startswith("done") for each in missing) else ""
            outcome.misses.append(Miss(position, line, missing, str(said), held, tuple(before)))
        before.append(f"{turn.speaker}: {_short(line, 60)} → {_short(said.last, 60)}")
    return outcome


def masked(text: str, number: str = "") -> str:
    """`text` without what changes from pass to pass."""
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text.replace(number, "BZ…") if number else text


class Runs:
    """Every conversation in every pass, at most AT_ONCE at a time; those that kill come last."""

    def __init__(self, talks: list[Conversation], product: Product, passes: int = PASSES) -> None:
        self._alone = ThreadPoolExecutor(1)
        self._together = ThreadPoolExecutor(AT_ONCE)
        self._futures: dict[str, list[Future[Outcome]]] = {
            talk.id: [self._together.submit(hold, talk, product) for _ in range(passes)]
            for talk in talks
            if not talk.alone
        }
        before = [future for futures in self._futures.values() for future in futures]
        for talk in talks:
            if talk.alone:
                self._futures[talk.id] = [
                    self._alone.submit(self._after, before, talk, product) for _ in range(passes)
                ]

    @staticmethod
    def _after(before: list[Future[Outcome]], talk: Conversation, product: Product) -> Outcome:
        for future in before:
            future.exception()
        try:
            return hold(talk, product)
        finally:
            product.wait_ready()

    def outcomes(self, talk: Conversation) -> list[Outcome]:
        """The passes of `talk`, as soon as they are through."""
        return [future.result() for future in self._futures[talk.id]]

    def stop(self) -> None:
        """Begins no further conversation."""
        for pool in (self._together, self._alone):
            pool.shutdown(wait=True, cancel_futures=True)


def report(outcomes: list[Outcome]) -> str:
    """What went wrong in the passes of one conversation; empty when nothing did."""
    said = [_told(outcome, number) for number, outcome in enumerate(outcomes, 1) if outcome.misses]
    # The same fault in every pass is told once.
    faults = [[(miss.turn, miss.expected) for miss in outcome.misses] for outcome in outcomes]
    if len(said) > 1 and all(each == faults[0] for each in faults):
        said = said[:1]
    return "\n".join([*said, *_difference(outcomes)])


def _told(outcome: Outcome, number: int) -> str:
    talk, first = outcome.talk, outcome.misses[0]
    written = [
        f"{talk.file} · {talk.name} ({talk.group}), pass {number}",
        *(f"  {line}" for line in first.before),
        f"  turn {first.turn}, said: {_short(first.line)}",
        *(f"  expected {each}" for each in first.expected),
        "  got:",
        *(f"    {line}" for line in first.got.splitlines()),
    ]
    if first.desk:
        written += ["  at the desk:", *(f"    {line}" for line in first.desk.splitlines())]
    if later := [str(miss.turn) for miss in outcome.misses[1:]]:
        written.append(f"  then also turn {', '.join(later)}")
    return "\n".join(written)


def _difference(outcomes: list[Outcome]) -> list[str]:
    first = outcomes[0]
    for number, other in enumerate(outcomes[1:], 2):
        pairs = zip(first.replies, other.replies, strict=False)
        for turn, (one, two) in enumerate(pairs, 1):
            if one != two:
                talk = first.talk
                return [
                    f"{talk.file} · {talk.name} ({talk.group}): pass {number} is not pass 1",
                    f"  turn {turn}, said: {_short(talk.turns[turn - 1].text)}",
                    "  pass 1:",
                    *(f"    {line}" for line in one.splitlines()),
                    f"  pass {number}:",
                    *(f"    {line}" for line in two.splitlines()),
                ]
    return []


def _short(line: str, longest: int = 300) -> str:
    shown = repr(line)[1:-1] if not line.isprintable() else line
    return shown if len(shown) <= longest else f"{shown[:longest]}… ({len(line)} characters)"
