"""A person instead of the bot."""

import re

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import (
    OFFER_PERSON,
    OFFER_TICKET,
    PERSON,
    DeskAction,
    Event,
    Message,
    ask,
    last_offer,
    read_message,
)
from actions.draft import forget_draft, has_draft
from actions.own_notices import answer_notice
from actions.service import FORM
from actions.ticket_words import Slot
from desk.conversations import services as conversations

LONGEST_REASON = 200
_ASKS_HOW_TO_REACH = re.compile(
    r"(?:电话|号码).{0,4}(?:多少|好多|几|是什么|给我)|怎么(?:联系|打电话)|(?:在哪|地址|哪里办公|在哪里办公)"
)
HOW_TO_REACH = "可以打12345政务服务热线，24小时有人接。我也可以叫工作人员到这个对话里来，要吗？"
IN_DANGER = (
    "请先保证安全，马上打电话：着火打119，有人受伤、急病打120，有人伤害您、老人孩子走失打110。\n"
    "心里撑不住，打12356心理援助热线，有人听您说。您身边的人也可以帮您打。\n"
    "我已经通知工作人员，他们会在这个对话里找您。"
)
DRAFT_DROPPED = "刚才没填完的工单还没有提交，需要的话请工作人员帮您登记。"
HANDED_OVER = (
    "已转给工作人员，会在这个对话里回复您，前面说的内容他们都看得到。"
    "等的时候可以接着补充情况。急事请拨打12345。"
)


class AskHuman(DeskAction):
    """Puts the conversation into the staff's queue."""

    def name(self) -> str:
        return "action_ask_human"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if not has_draft(tracker) and _ASKS_HOW_TO_REACH.search(message.text):
            custom = {"offer": OFFER_PERSON}
            dispatcher.utter_message(text=HOW_TO_REACH, buttons=[PERSON], json_message=custom)
            return []
        await hand_over(dispatcher, message)
        if has_draft(tracker):
            dispatcher.utter_message(text=DRAFT_DROPPED)
            return forget_draft()
        return []


class Emergency(DeskAction):
    """Life before everything: whom to call, and staff at once."""

    def name(self) -> str:
        return "action_emergency"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        await ask(
            conversations.request_staff,
            message.conversation,
            key=message.id,
            reason=f"【紧急】{message.text}"[:LONGEST_REASON],
            now=timezone.now(),
        )
        dispatcher.utter_message(text=IN_DANGER)
        return forget_draft() if has_draft(tracker) else []


class AcceptOffer(DeskAction):
    """A plain yes: takes up what was offered just before, else asks what to do."""

    def name(self) -> str:
        return "action_accept_offer"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if (events := await answer_notice(dispatcher, read_message(tracker))) is not None:
            return events
        offered = last_offer(tracker)
        if offered == OFFER_TICKET:
            return [FollowupAction(FORM)]
        if has_draft(tracker) and offered != OFFER_PERSON:
            # Left half told in an earlier session; this conversation may have said so just now.
            return [SlotSet(Slot.RESUMED.value, True), FollowupAction(FORM)]
        if offered == OFFER_PERSON:
            # The yes says nothing to staff; what it was said about does.
            await hand_over(dispatcher, read_message(tracker), reason=question_before(tracker))
        else:
            dispatcher.utter_message(response="utter_nothing_offered")
        return []


async def hand_over(
    dispatcher: CollectingDispatcher, message: Message, *, reason: str = ""
) -> None:
    """Asks for staff, once per message, and says what happens next."""
    await ask(
        conversations.request_staff,
        message.conversation,
        key=message.id,
        reason=(reason or message.text)[:LONGEST_REASON],
        now=timezone.now(),
    )
    dispatcher.utter_message(text=HANDED_OVER)


def question_before(tracker: Tracker) -> str:
    """What the person said before their last message; empty when nothing."""
    said = [event["text"] or "" for event in tracker.events if event["event"] == "user"]
    return said[-2] if len(said) > 1 else ""
