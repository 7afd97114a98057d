"""Sends to WeChat: customer messages while the window is open, else a notice, else kept."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from channels.deliver import ENOUGH, Rate
from channels.errors import ChannelBusy, NotDelivered, Refused, Unreachable, WindowClosed
from channels.wechat import notices, people, state
from channels.wechat.client import ApiError, WeChatClient
from channels.wechat.compose import MORE, Composed, composed
from channels.wechat.notices import CALLING, BadNotices, Notice
from channels.wechat.settings import WeChatSettings
from channels.wechat.state import AccountState
from channels.wechat.window import PUSHED, Window, part_id, window
from desk.conversations.models import Channel
from desk.conversations.values import Outgoing, Receipt
from desk.threads import in_passing, in_thread

logger = logging.getLogger(__name__)

PUSH = "customer_service"
# Ids of parts that carried words of the messages; others only called the person.
CARRYING = (PUSHED, "passive:")

OVER = frozenset({45015, 45047})
NO_RIGHT = 48001
QUOTA = 45009
TOO_FAST = frozenset({45011, 45074})
NOT_FOLLOWING = frozenset({43004, 43019, 50005})
NO_MENU = frozenset({40008, 48003})
NO_CONSENT = frozenset({43101, 43107, 43108})
FINAL = {
    40003: "微信不认这个用户",
    44002: "内容是空的",
    44004: "内容是空的",
    45002: "内容太长了",
    87014: "微信认为内容有风险",
}
LONGEST_PAUSE = timedelta(hours=2)
REASONS = {
    45015: "距对方上次发言已超过48小时",
    45047: "平台允许的条数已用完",
    NO_RIGHT: "这个公众号没有客服消息权限",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a send has to know before it begins."""

    account: AccountState
    window: Window
    follows: bool


class WeChatSender:
    """One account's way out; `client` is shared with the door."""

    channel = Channel.WECHAT.value
    rate = Rate(per_second=60.0, burst=60)
    most = 20

    def __init__(self, settings: WeChatSettings, client: WeChatClient) -> None:
        self._settings, self._client = settings, client

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Sends what is left of the messages; a receipt that is not whole asks to be called again
        for the rest."""
        now = timezone.now()
        standing = await in_passing(self._standing, outgoing, now)
        if standing.account.paused_for:
            raise ChannelBusy(
                standing.account.paused_for, "微信接口额度已用完", code=standing.account.pause_code
            )
        if not standing.follows:
            raise WindowClosed("对方已取消关注，重新关注后再发", code="unfollowed")
        texts = composed(outgoing.messages, base_url=self._settings.public_url)
        done = carried_parts(outgoing)
        if len(done) >= len(texts.parts):
            return Receipt(PUSH, "之前已全部发出", parts=outgoing.parts)
        if not standing.account.may_push:
            return await self._outside(outgoing, REASONS[NO_RIGHT] + "，等对方发言时带回")
        if standing.window.left == 0:
            return await self._outside(outgoing, standing.window.reason)
        return await self._push(outgoing, texts, len(done), standing.window.left)

    def _standing(self, outgoing: Outgoing, now: datetime) -> Standing:
        return Standing(
            state.account_state(self._settings.app_id, now=now),
            window(outgoing.conversation_id, now=now),
            people.follows(outgoing),
        )

    async def _push(self, outgoing: Outgoing, texts: Composed, begin: int, left: int) -> Receipt:
        """Customer messages, as many as the window allows."""
        taken = list(outgoing.parts)
        end = min(len(texts.parts), begin + left)
        loop = asyncio.get_running_loop()
        enough = loop.time() + ENOUGH
        for place in range(begin, end):
            if place > begin and loop.time() > enough:
                end = place
                break
            try:
                await self._part(outgoing.recipient, texts, place, last=place == end - 1)
            except ApiError as error:
                return await self._refused(outgoing, error, taken)
            except NotDelivered as error:
                error.parts = tuple(taken)
                raise
            taken.append(part_id(timezone.now(), place))
        whole = end == len(texts.parts)
        return Receipt(
            PUSH,
            "对方发言后48小时内，用客服消息发出",
            platform_message_id=taken[-1],
            parts=tuple(taken),
            whole=whole,
        )

    async def _part(self, person: str, texts: Composed, place: int, *, last: bool) -> None:
        ends = place == len(texts.parts) - 1
        if ends and texts.choices:
            titles = [choice.title for choice in texts.choices]
            try:
                await self._client.send_choices(person, texts.parts[place], titles)
            except ApiError as error:
                if error.code not in NO_MENU:
                    raise
            else:
                return
        await self._client.send_text(person, texts.text(place, more=MORE if last else ""))

    async def _refused(self, outgoing: Outgoing, error: ApiError, taken: list[str]) -> Receipt:
        """What becomes of a message that the platform did not take as a customer message."""
        now = timezone.now()
        parts = tuple(taken)
        if error.code == NO_RIGHT:
            logger.error("WeChat: the account has no right to customer messages (48001)")
            await in_thread(state.deny, self._settings.app_id, now=now)
        if error.code in OVER or error.code == NO_RIGHT:
            if len(parts) > len(outgoing.parts):
                # First note what went out; the rest comes back and finds the window closed.
                reason = REASONS[error.code]
                return Receipt(PUSH, reason, parts[-1], parts=parts, whole=False)
            return await self._outside(outgoing, REASONS[error.code])
        if error.code in NOT_FOLLOWING:
            await in_thread(
                people.unfollowed, outgoing.channel, outgoing.account, outgoing.recipient, now=now
            )
            raise WindowClosed("对方没有关注公众号", code="unfollowed") from error
        raise await self._mapped(error, parts, now) from error

    async def _mapped(self, error: ApiError, parts: tuple[str, ...], now: datetime) -> NotDelivered:
        """The platform's other refusals as one of ours; a spent quota pauses the channel."""
        code = f"wechat_{error.code}"
        if error.code == QUOTA:
            until = pause_end(now)
            logger.error(
                "WeChat: the API quota is spent (45009); nothing is pushed until %s", until
            )
            await in_thread(state.pause, self._settings.app_id, until=until, code=code)
            seconds = (until - now).total_seconds()
            return ChannelBusy(seconds, "微信接口额度已用完", code=code, parts=parts)
        if error.code in TOO_FAST:
            return ChannelBusy(60.0, "微信要求放慢发送", code=code, parts=parts)
        if error.code in FINAL:
            return Refused(code, f"{FINAL[error.code]}：{error.message}", parts=parts)
        return Unreachable(f"微信没有接受：{error.message}", code=code, parts=parts)

    async def _outside(self, outgoing: Outgoing, why: str) -> Receipt:
        """A notice that calls the person, if there is one and they agreed; else kept."""
        if any(part.startswith(CALLING) for part in outgoing.parts):
            raise WindowClosed(f"{why}；已发通知提醒，等对方发言后补发全文"[:200])
        try:
            mapped = await in_thread(notices.configured)
        except BadNotices as error:
            logger.error("WeChat notices: %s", error)
            mapped = ()
        notice = await in_thread(notices.allowed, outgoing, mapped) if mapped else None
        if notice is None:
            raise WindowClosed(f"{why}；没有可用的通知，等对方发言后补发"[:200])
        return await self._notify(outgoing, notice, why)

    async def _notify(self, outgoing: Outgoing, notice: Notice, why: str) -> Receipt:
        body, whole = notices.body(notice, outgoing, public_url=self._settings.public_url)
        now = timezone.now()
        try:
            answer = await self._client.call(notices.ADDRESSES[notice.way], body)
        except ApiError as error:
            if error.code == QUOTA:
                raise await self._mapped(error, outgoing.parts, now) from error
            if error.code in NO_CONSENT:
                await in_thread(notices.refused, outgoing, notice, now=now)
            else:
                logger.error("WeChat: notice %s was refused: %s", notice.template, error)
            raise WindowClosed(
                f"{why}；通知也没发出（{error.code}），等对方发言后补发"[:200]
            ) from error
        await in_thread(notices.used, outgoing, notice, now=now)
        called = notices.called(answer.get("msgid", ""))
        return Receipt(
            notice.way,
            f"{why}，改用通知"[:200],
            called,
            parts=(*outgoing.parts, called),
            whole=whole,
        )

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


def carried_parts(outgoing: Outgoing) -> list[str]:
    """The parts of its words that the platform took before; calls to come back are none."""
    return [part for part in outgoing.parts if part.startswith(CARRYING)]


def pause_end(now: datetime) -> datetime:
    """Quotas are renewed at midnight; looked at again every two hours, they may be cleared."""
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=1, second=0, microsecond=0) + timedelta(days=1)
    return min(midnight, local + LONGEST_PAUSE)
