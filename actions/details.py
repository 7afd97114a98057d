"""详细: what an answer kept back because a telephone's screen does not hold it."""

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_TICKET, last_custom, said_before
from actions.offers import NO_NEED, TAKE_DOWN

_WANTED = re.compile(
    r"(?:(?:请|麻烦|再|能不能|可不可以|可以|我?想?要?[看说讲听]|给我|帮我|那|你)+(?:一?[下哈点些])?(?:得|更|再)?)?"
    r"(?:(?:不够|不太|没)?(?:详细|详情|具体|完整|展开|仔细)|全文|看?更多(?:内容)?|其余的?|剩下的|余下的)"
    r"(?:一?[点些下哈]|说明|内容|情况|条款|规定|[的得看说讲嘛吧哈呢吗不]|[。.!！?？])*"
)
ALL_SAID = "刚才说的就是我查到的全部。点出处可以看全文；还想知道什么，接着问就行。"


def wants_details(text: str) -> bool:
    """Whether `text` asks for the rest of an answer and for nothing else: 说详细点."""
    return bool(_WANTED.fullmatch(text.strip()))


def say_details(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Says what the last answer kept back; False when nothing was answered yet."""
    for carried in said_before(tracker):
        if citations := carried.get("citations"):
            rest = carried.get("rest") or ""
            # What was said once is not kept again: a second 详细 hears that this was all.
            custom = {"citations": citations} if rest else {}
            pending = last_custom(tracker)
            offers = pending.get("offer") == OFFER_TICKET
            if offers:
                # A ticket that was offered behind the answer stays offered.
                custom |= {"offer": OFFER_TICKET, "matter": pending["matter"]}
            dispatcher.utter_message(
                text=rest or ALL_SAID,
                buttons=[TAKE_DOWN, NO_NEED] if offers else [],
                json_message=custom,
            )
            return True
    return False
