"""Several matters in one message: taken apart here, and nowhere else.

A question and a demand, two things joined by 另外, or two questions about different subjects are
served one after the other, each as a message of its own. A story in many sentences stays whole: it
is one matter.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.subjects import are_two

MOST = 3
LONGEST = 400
SHORT = 12
SURE = 0.45
FEWEST_CHARACTERS = 4
QUESTIONS = frozenset({"ask_policy", "ask_procedure", "policy_status", "match_policies"})
DEMANDS = frozenset(
    {
        "open_ticket",
        "open_complaint",
        "redemption",
        "legal_help",
        "ask_specialist",
        "cooperation",
        "events",
        "policy_opinion",
        "subscribe",
        "ticket_status",
        "add_to_ticket",
        "withdraw_ticket",
        "rate",
        "ask_human",
    }
)
# One matter whatever else is said with it.
WHOLE = frozenset({"emergency", "integrity_report", "abuse", "unlawful"})
_CONNECTOR = re.compile(
    r"(?:^|(?<=[，,。；;！!？?\s]))(?:还有(?:一?[个件]事|就?是|个问题)?|另外(?:还?[有想要])?|再就是|顺便(?:再)?"
    r"|对了|(?:我)?再问一?[下哈]?|其次|第二(?:个|件|是)?|同时(?:我)?(?:还)?(?=[想要])|然后(?:我)?(?:还|再)(?=[想要问])|然后(?=.{0,2}(?:转|找|帮我|给我转|登记))"
    r"|我?还想(?=问|咨询|投诉|反映|了解)|我?还要(?=投诉|反映|举报|问))[，,：:、]?"
)
# Between two questions, with or without a mark: 残保金好多人免还有社保补贴咋个领.
_BETWEEN = re.compile(r"[，,、]|(?<=\w)(?:还有|另外|顺便)(?:再?问一?[下哈]?)?(?=\w{4})")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message, what it was taken for, and whether a connector set it apart.

    `asked`: it asks of something else than the question before it.
    """

    text: str
    intent: str
    confidence: float
    joined: bool
    asked: bool = False

    @property
    def side(self) -> str:
        """Whether it asks or demands; empty when that is not clear."""
        if self.confidence < SURE or self.intent not in QUESTIONS | DEMANDS:
            return "question" * self.asked
        return "question" if self.intent in QUESTIONS else "demand"


Understand = Callable[[str], Awaitable[tuple[str, float]]]


async def split(
    text: str, understand: Understand, *, in_form: bool = False, telling: bool = False
) -> list[str]:
    """The matters of `text` in their order, at most MOST; `[text]` when it is one.

    `understand` gives intent and confidence. While a form is open only a question that a connector
    sets apart is a matter of its own: everything else is part of the answer; while the person is
    `telling` the matter itself, all of it. 算了 before something else ends the form first.
    """
    cut = pieces(text)
    if len(text) > LONGEST or not 1 < len(cut) <= 2 * MOST:
        return [text]
    if (await understand(text))[0] in WHOLE:
        return [text]
    before = ["", *(part for part, _ in cut)]
    read = [
        Piece(part, *await understand(part), joined, are_two(last, part))
        for (part, joined), last in zip(cut, before, strict=False)
    ]
    if any(piece.intent in WHOLE for piece in read):
        return [text]
    first_ends = read[0].intent == "cancel" or (read[0].intent == "deny" and read[1].joined)
    if first_ends and len(read[0].text) <= SHORT and (in_form or read[1].joined):
        return [read[0].text, "。".join(piece.text for piece in read[1:])]
    groups = [text] if telling else grouped(read, in_form=in_form)
    return groups if 1 < len(groups) <= MOST else [text]


def pieces(text: str) -> list[tuple[str, bool]]:
    """Sentences, and what connectors join; each with whether a connector stood before it."""
    found: list[tuple[str, bool]] = []
    start = 0
    joined = False
    marks = [*_CONNECTOR.finditer(text), None]
    for mark in marks:
        stretch = text[start : mark.start() if mark else len(text)]
        sentences = [each for found in _SENTENCE.findall(stretch) for each in questions(found)]
        for sentence in sentences:
            part = sentence.strip(" ，,\n")
            if len(re.findall(r"\w", part)) >= FEWEST_CHARACTERS:
                found.append((part, joined))
                joined = False
            elif part and found:
                found[-1] = (f"{found[-1][0]} {part}", found[-1][1])
        if mark:
            start, joined = mark.end(), True
    return found


def questions(sentence: str) -> list[str]:
    """The questions of one sentence, where they ask of different things; else the sentence."""
    for mark in _BETWEEN.finditer(sentence):
        first, second = sentence[: mark.start()], sentence[mark.end() :]
        if are_two(first, second):
            return [first, *questions(second)]
    return [sentence]


def grouped(read: list[Piece], *, in_form: bool) -> list[str]:
    """Neighbours of one matter put together again; a piece of no clear side joins its neighbour."""
    groups: list[tuple[str, str, str]] = []
    for piece in read:
        side = piece.side
        if in_form and not (piece.joined and side == "question"):
            side = ""
        set_apart = in_form and bool(side)
        if groups and not set_apart and (not side or _same(groups[-1], piece, side)):
            text, kept, intent = groups[-1]
            groups[-1] = (f"{text}。{piece.text}".replace("。。", "。"), kept or side, intent)
        elif groups and not groups[-1][1] and not in_form:
            # Courtesies and the like before the first matter belong to it.
            text = groups[-1][0]
            groups[-1] = (f"{text}，{piece.text}", side, piece.intent)
        else:
            groups.append((piece.text, side, piece.intent))
    return [text for text, _, _ in groups]


def _same(group: tuple[str, str, str], piece: Piece, side: str) -> bool:
    _, kept, intent = group
    if kept != side:
        return not kept
    if side == "question":
        return not (piece.joined or piece.asked)
    # Two demands are two matters only when the person sets them apart.
    return not piece.joined or intent == piece.intent
