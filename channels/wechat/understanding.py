"""What a person's words mean on WeChat alone: a number for a choice, 1 for a late answer, binding.

All other words go to the dialogue as they are.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from channels.wechat import binding
from channels.wechat.compose import choices_of
from desk.conversations.models import Conversation, Delivery, InboundMessage, Kind
from desk.conversations.values import IncomingMessage, Said

POLL = "1"
POLL_TEXT = "回复1查看答复"
NUMBER = re.compile(r"[1-9]")


@dataclass(frozen=True, slots=True)
class Understood:
    """The message as the desk gets it. `polls`: it asks for what is on its way; `binds`: it is
    about the firm the person speaks for."""

    message: IncomingMessage
    polls: bool = False
    binds: bool = False


def needs_a_look(message: IncomingMessage) -> bool:
    """Whether `understood` could change the message; others are spared a look into the store."""
    if message.kind != Kind.TEXT:
        return False
    return bool(NUMBER.fullmatch(number_in(message)) or binding.meant(message.text))


def number_in(message: IncomingMessage) -> str:
    """What was tapped in a menu message, or typed, as a number."""
    tapped = str(message.media.get("choice", ""))
    return tapped or unicodedata.normalize("NFKC", message.text).strip(" .。、)）")


def understood(message: IncomingMessage, *, may_push: bool) -> Understood:
    """`message` as it is meant, by what was said before."""
    if message.kind != Kind.TEXT:
        return Understood(message)
    if binding.meant(message.text):
        event = replace(message, kind=Kind.EVENT.value, text=binding.for_staff(message.text))
        return Understood(event, binds=True)
    number = number_in(message)
    if not NUMBER.fullmatch(number):
        return Understood(message)
    conversation = Conversation.objects.filter(
        identity__channel=message.channel,
        identity__account=message.account,
        identity__external_id=message.sender,
    ).first()
    if conversation is None:
        return Understood(message)
    if number == POLL and not may_push and waits(conversation):
        media = {**message.media, "typed": message.text}
        asked = replace(message, kind=Kind.EVENT.value, text=POLL_TEXT, media=media)
        return Understood(asked, polls=True)
    words = choice(conversation, int(number))
    if not words:
        return Understood(message)
    return Understood(replace(message, text=words, media={**message.media, "typed": message.text}))


def waits(conversation: Conversation) -> bool:
    """Whether something is on its way to the person, or being thought about."""
    unanswered = conversation.inbound.filter(state=InboundMessage.State.RECEIVED)
    unsent = conversation.deliveries.filter(state__in=(Delivery.State.WAITING, Delivery.State.KEPT))
    return unanswered.exists() or unsent.exists()


def choice(conversation: Conversation, number: int) -> str:
    """What choice `number` of our last words says; empty when they offered none such."""
    rows = conversation.deliveries.select_related("message")
    last = rows.filter(state=Delivery.State.SENT).order_by("-seq").first()
    if last is None:
        return ""
    together = [last]
    if last.platform_message_id:
        together = list(rows.filter(platform_message_id=last.platform_message_id).order_by("seq"))
    offered = choices_of([offer(one) for one in together])
    return offered[number - 1].payload if number <= len(offered) else ""


def offer(delivery: Delivery) -> Said:
    """A message that went out, as it was composed then."""
    message = delivery.message
    return Said(
        delivery_id=delivery.pk,
        key=message.key,
        seq=message.seq,
        author=message.author,
        name="",
        text=message.text,
        buttons=message.buttons,
        citations=message.citations,
        said_at=message.created_at,
    )
