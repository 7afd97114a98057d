"""陪跑员: reports of corruption go to those who may take them; nothing is collected here."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction, Event
from actions.draft import forget_draft, has_draft

# Until the sealed form exists (a later issue), this is all that may honestly be said.
WHERE_TO_REPORT = (
    "公职人员收钱、要好处这类事，请直接找纪检监察机关：打12388，"
    "或者上12388.gov.cn，可以实名也可以匿名，受法律保护。\n"
    "我这里不收这类举报，也不登记工单；请不要在对话里写名字和细节，免得走漏消息。"
)
DRAFT_DROPPED = "刚才在填的内容我没有提交，也不再留着。"


class IntegrityReport(DeskAction):
    """Names 12388; drops a ticket half told, so that no accusation lies in a draft."""

    def name(self) -> str:
        return "action_integrity_report"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        dispatcher.utter_message(text=WHERE_TO_REPORT)
        if has_draft(tracker):
            dispatcher.utter_message(text=DRAFT_DROPPED)
            return forget_draft()
        return []
