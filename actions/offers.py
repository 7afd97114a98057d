"""A ticket offered behind an answer, and the yes that takes the offer up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_TICKET, Message, said_before
from actions.ticket_readings import Heard
from actions.ticket_words import MATTERS

TAKE_DOWN = {"title": "登记这件事", "payload": "帮我登记一下"}
NO_NEED = {"title": "不用", "payload": "不用了"}
OFFER = "要我把这件事登记下来，转给对口部门处理吗？"
OFFERS = {
    "legal_help": "要我登记下来，转给专人帮您吗？急着问，也可以打12348法律服务热线，免费。",
    "redemption": "要我登记下来，请经办部门查清楚答复您吗？",
}
LOOKED_BACK = 4
"""How many of the bot's last words may lie between the offer and 帮我登记."""

_NO_MATTER = re.compile(
    r"(?:那|就|你|您|我|们|要|得|行|好|可以|对|是|嗯|的|嘛|吧|哈|了|呗|帮|给|请|麻烦|想|来|一[下哈个件]|[个件]|"
    r"这|事情?|登记|记|下来|投诉|举报|反映|求助|转|部门|工单|确定|需要|[，,。.!！~\s])+"
)


@dataclass(frozen=True, slots=True)
class Offered:
    """The matter that was offered to be taken down."""

    text: str
    intent: str
    kind: str = ""
    heard: str = ""

    def as_heard(self, heard: Heard) -> Heard:
        """`heard` with this matter in the place of the yes that took it up."""
        return replace(heard, text=self.text, plain=self.heard, intent=self.intent, kind=self.kind)


def offer_ticket(
    dispatcher: CollectingDispatcher,
    message: Message,
    also: Sequence[dict[str, str]] = (),
    *,
    before: str = "",
) -> None:
    """Asks, behind an answer, whether to take the matter down; `before` is said first.

    `also` are the answer's own buttons: most channels show those of the last bubble only.
    """
    known = message.intent in MATTERS
    carried: dict[str, Any] = {
        "offer": OFFER_TICKET,
        "matter": {
            "text": message.text,
            # A question that is about a wrong: what is taken down is the wrong.
            "intent": message.intent if known else "open_complaint",
            "kind": "".join(message.values("kind")[:1]),
            "heard": message.heard,
        },
    }
    dispatcher.utter_message(
        text=before + OFFERS.get(message.intent, OFFER),
        buttons=[TAKE_DOWN, *also, NO_NEED],
        json_message=carried,
    )


def is_bare(text: str) -> bool:
    """Whether `text` wants something taken down and does not say what: 帮我登记一下."""
    return bool(_NO_MATTER.fullmatch(text))


def offered(tracker: Tracker) -> Offered | None:
    """The matter offered to be taken down a moment ago; None when there is none."""
    for place, carried in enumerate(said_before(tracker)):
        if place == LOOKED_BACK:
            break
        if carried.get("offer") == OFFER_TICKET:
            return Offered(**carried["matter"])
    return None
