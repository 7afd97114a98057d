"""What a call changes beside the transcript: followers, consents, notices that did not arrive, who
somebody is across the city's accounts."""

import logging

from django.utils import timezone

from channels.errors import NotDelivered
from channels.wechat import notices, people
from channels.wechat.background import start
from channels.wechat.client import ApiError, WeChatClient
from channels.wechat.door import client_of
from channels.wechat.events import WITHDRAWN
from channels.wechat.parse import Call
from channels.wechat.settings import WeChatSettings
from desk.threads import in_passing, in_thread

logger = logging.getLogger(__name__)

FOLLOWING = frozenset({"subscribe", "unsubscribe"})
CONSENTS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})
ABOUT_PEOPLE = FOLLOWING | CONSENTS | WITHDRAWN
REPORTS = frozenset({"templatesendjobfinish", "subscribe_msg_sent_event"})
MOST_MET = 50_000
# Questions under way at once; under load the next message of theirs is early enough.
MOST_ASKING = 4


class Acquaintances:
    """Whom this process need not ask about: it did, or found that another had."""

    def __init__(self) -> None:
        self._met: set[tuple[str, str]] = set()
        self.asking = 0

    def are_new(self, account: str, person: str) -> bool:
        """Whether to ask about them now; the next time they are not new any more."""
        if self.asking >= MOST_ASKING or (account, person) in self._met:
            return False
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met.add((account, person))
        return True


acquaintances = Acquaintances()


async def take_note(call: Call, settings: WeChatSettings) -> None:
    """What the stored call changes beside the transcript."""
    account, person = call.message.account, call.message.sender
    if call.event in ABOUT_PEOPLE:
        await in_thread(people.note, call.message, call.event, call.fields)
    if call.event in REPORTS:
        await in_thread(notices.note_failures, call.message, call.fields)
    if call.event == "subscribe":
        start(learn_union(client_of(settings), account, person))
    elif call.from_person and acquaintances.are_new(account, person):
        # They may follow us since before we were connected; then no event ever told of them.
        start(meet(settings, account, person))


async def meet(settings: WeChatSettings, account: str, person: str) -> None:
    """Asks WeChat about somebody who writes and of whom nothing was ever noted."""
    acquaintances.asking += 1
    try:
        if not await in_passing(people.is_known, account, person):
            await learn_union(client_of(settings), account, person)
    except Exception:
        logger.exception("WeChat: somebody new was not asked about")
    finally:
        acquaintances.asking -= 1


async def learn_union(client: WeChatClient, account: str, person: str) -> None:
    """Asks WeChat who a follower is across the city's accounts."""
    try:
        found = await client.call("/cgi-bin/user/info", query={"openid": person, "lang": "zh_CN"})
        union_id = str(found.get("unionid") or "")
        await in_passing(people.know_union, account, person, union_id, now=timezone.now())
    except (ApiError, NotDelivered) as error:
        logger.warning("WeChat: who follows us is not told: %s", error)
    except Exception:
        logger.exception("WeChat: a follower's unionid was not noted")
