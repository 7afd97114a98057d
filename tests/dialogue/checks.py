"""Whether what was said and done is what a turn expects."""

import re
from dataclasses import dataclass
from typing import Any

from tests.dialogue.desk import WITHDRAWN, Desk, StoredTicket
from tests.dialogue.script import NOTHING_ASKED, QUESTIONS, Done, TicketExpected, Turn

# What only a fault can bring before a person's eyes.
INTERNALS = re.compile(
    r"utter_|action_|\bslots?\b|_form\b|Traceback|\bNone\b|\bnull\b|\{\w*\}|nlu_fallback|undefined"
)
MOST_CHARACTERS = 2500  # of all replies to one message: more, nobody reads on a telephone


@dataclass(frozen=True, slots=True)
class Said:
    """What came back for one message."""

    replies: tuple[dict[str, Any], ...]
    refused: str = ""
    """The code of the door's refusal; its words are then the only reply."""

    @property
    def text(self) -> str:
        """All replies, without the marks of bold type."""
        return "\n".join(reply["text"].replace("**", "") for reply in self.replies)

    @property
    def last(self) -> str:
        return self.replies[-1]["text"].replace("**", "") if self.replies else ""

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for reply in self.replies for button in reply.get("buttons") or []]

    @property
    def cited(self) -> list[str]:
        """Title and number of each citation."""
        return [
            f"{citation.get('title', '')} {citation.get('number', '')}"
            for reply in self.replies
            for citation in reply.get("citations") or []
        ]

    def __str__(self) -> str:
        shown = [reply["text"] for reply in self.replies]
        if self.refused:
            shown.append(f"(refused: {self.refused})")
        if self.buttons:
            shown.append(" ".join(f"[{button['title']}]" for button in self.buttons))
        if self.cited:
            shown.append(f"cites: {' · '.join(self.cited)}")
        return "\n".join(shown) or "(silence)"


def misses(turn: Turn, said: Said, desk: Desk | None, *, heard: str = "") -> list[str]:
    """What `turn` expects and did not get, each as a line; empty when all is well.

    `heard` is all that the person said so far: their own words may be said back to them.
    """
    missing = _always(said, heard)
    missing += [f"says: {each}" for each in turn.says if not re.search(each, said.text)]
    missing += [
        f"not_says: {each} (found {found[0]!r})"
        for each in turn.not_says
        if (found := re.search(each, said.text))
    ]
    if turn.cites is not None:
        missing += [
            f"cites: {each}"
            for each in turn.cites
            if not any(re.search(each, cited) for cited in said.cited)
        ]
        if not turn.cites and said.cited:
            missing.append("cites: nothing")
    missing += [
        f"offers: {each}"
        for each in turn.offers
        if not any(re.search(each, f"{b['title']} {b['payload']}") for b in said.buttons)
    ]
    if turn.asks and (asked := question(said)) not in turn.asks:
        missing.append(f"asks: {' or '.join(turn.asks)} (understood as {asked})")
    if turn.done is not None:
        missing += _undone(turn.done, desk or Desk())
    return missing


def question(said: Said) -> str:
    """The form's question that the last reply puts; `nothing` when it puts none."""
    paragraph = said.last
    for name, words in QUESTIONS.items():
        if re.search(words, paragraph):
            return name
    return NOTHING_ASKED


def _always(said: Said, heard: str) -> list[str]:
    """What holds for every reply, whatever was asked."""
    missing = []
    if not said.text.strip():
        missing.append("always: an answer")
    missing += [
        f"always: no internals (found {found!r})"
        for found in INTERNALS.findall(said.text)
        if found not in heard
    ]
    if len(said.text) > MOST_CHARACTERS:
        missing.append(f"always: at most {MOST_CHARACTERS} characters, not {len(said.text)}")
    for button in said.buttons:
        if button["payload"].lstrip().startswith("/"):
            missing.append(f"always: a button says plain words, not {button['payload']}")
    return missing


def _undone(done: Done, desk: Desk) -> list[str]:
    missing = []
    if done.count is not None and len(desk.tickets) != done.count:
        missing.append(f"done: {done.count} tickets, not {len(desk.tickets)}")
    elif done.tickets is not None:
        for number, (wanted, ticket) in enumerate(zip(done.tickets, desk.tickets, strict=True), 1):
            missing += [f"done: ticket {number}: {each}" for each in _unlike(wanted, ticket)]
    if done.staff is not None:
        if not done.staff and desk.requests:
            missing.append("done: nobody of the staff called")
        if done.staff and not desk.requests:
            missing.append("done: a person of the staff called")
        elif desk.requests:
            missing += [
                f"done: staff called with the reason {each}"
                for each in done.staff
                if not any(re.search(each, reason) for reason in desk.requests)
            ]
    missing += [
        f"done: staff know {each}" for each in done.staff_know if not re.search(each, desk.known)
    ]
    if done.withdrawn and not any(ticket.state == WITHDRAWN for ticket in desk.tickets):
        missing.append("done: the ticket withdrawn")
    return missing


def _unlike(wanted: TicketExpected, ticket: StoredTicket) -> list[str]:
    missing = []
    if wanted.category and ticket.category != wanted.category:
        missing.append(f"category {wanted.category}, not {ticket.category}")
    missing += [f"text {each}" for each in wanted.text if not re.search(each, ticket.body)]
    missing += [f"no text {each}" for each in wanted.not_text if re.search(each, ticket.body)]
    if wanted.who and not re.fullmatch(wanted.who, ticket.who):
        missing.append(f"who {wanted.who}, not {ticket.who}")
    if wanted.phone and ticket.masked_phone != wanted.phone:
        missing.append(f"phone {wanted.phone}, not {ticket.masked_phone}")
    return missing
