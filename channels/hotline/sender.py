"""Nobody is rung up: outside a call, what we say is kept until the person calls again."""

from channels.deliver import Rate
from channels.errors import WindowClosed
from desk.conversations.models import Channel
from desk.conversations.values import Outgoing, Receipt


class HotlineSender:
    """Keeps everything; within a call the hooks themselves carry what is said (views.py)."""

    channel = Channel.HOTLINE.value
    rate = Rate(per_second=100.0, burst=100)
    most = 20

    async def send(self, outgoing: Outgoing) -> Receipt:
        raise WindowClosed("通话已结束，来电人再打来时播报；急事请工作人员回电")

    async def aclose(self) -> None:
        """Holds nothing."""
