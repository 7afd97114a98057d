"""How many customer messages the platform still lets us send to a person.

Five within 48 hours after each message of theirs, three within a minute after they tapped a menu,
followed or scanned. We count what we sent in the ids of its parts, which the desk keeps.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from channels.wechat.events import REOPENING
from desk.conversations.models import Delivery, InboundMessage

MARGIN = timedelta(seconds=5)  # clocks differ, and calls take their time
AFTER_MESSAGE = (timedelta(hours=48) - MARGIN, 5)
AFTER_EVENT = (timedelta(minutes=1) - MARGIN, 3)
EVENT = "event:"
PUSHED = "cs:"
NEVER_HEARD = "对方还没有发过消息，平台不允许主动发"
TOO_LATE = "距对方上次发言已超过48小时"
SPENT = "平台允许的条数已用完（每次发言后5条）"
LOOKED_AT = 60  # deliveries; more than any window holds


@dataclass(frozen=True, slots=True)
class Window:
    """`left` messages may be sent; `reason` tells staff why it is none."""

    left: int
    reason: str = ""


def part_id(now: datetime, number: int) -> str:
    """The id of a part that was pushed now: it tells the time, so that windows can be counted."""
    return f"{PUSHED}{int(now.timestamp() * 1000)}:{number}"


def window(conversation_id: UUID, *, now: datetime) -> Window:
    """What the platform allows towards this person now."""
    acts = InboundMessage.objects.filter(conversation_id=conversation_id).order_by("-seq")
    words = acts.exclude(message_id__startswith=EVENT).values_list("received_at", flat=True).first()
    recent = acts.filter(message_id__startswith=EVENT, received_at__gt=now - AFTER_EVENT[0])
    tapped = [
        at
        for at, media in recent.values_list("received_at", "media")[:LOOKED_AT]
        if media.get("event") in REOPENING
    ]
    opened = []
    if words is not None and now - words < AFTER_MESSAGE[0]:
        opened.append((words, AFTER_MESSAGE[1]))
    if tapped:
        opened.append((tapped[0], AFTER_EVENT[1]))
    if not opened:
        return Window(0, NEVER_HEARD if words is None else TOO_LATE)
    times = pushed_at(conversation_id)
    left = max(most - sum(1 for at in times if at >= since) for since, most in opened)
    return Window(max(left, 0), "" if left > 0 else SPENT)


def pushed_at(conversation_id: UUID) -> list[datetime]:
    """When we pushed something to them lately, one entry a customer message."""
    rows = Delivery.objects.filter(conversation_id=conversation_id).exclude(parts=[])
    ids = {
        part
        for parts in rows.order_by("-seq").values_list("parts", flat=True)[:LOOKED_AT]
        for part in parts
        if part.startswith(PUSHED)
    }
    return [datetime.fromtimestamp(int(part.split(":")[1]) / 1000).astimezone() for part in ids]
