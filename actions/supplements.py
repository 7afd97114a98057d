"""What a person goes on telling behind a supplement or a new ticket belongs to that ticket."""

import re

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_MORE, Message, ask, last_custom
from actions.ticket_words import ANOTHER, PLEASANTRY, POLICY, QUESTION
from desk.tickets import person
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.moves import MOVES

LONGEST_QUOTED = 60
LONGEST_ABOUT = 80
SHORTEST = 4
NO_LONGER = "工单 {number} 已经不能补充了。要接着反映，请说“我要反映问题”。"
# What is told as a policy's name asks for it: 残保金减免政策.
_NAME_OF_A_POLICY = 10
# 没有挡到哪个, 没得啥子: no question.
_NOBODY = re.compile(r"[没莫][有得]?[^，。,？?]{0,4}(?:哪个|谁|什么|啥子?)(?![?？])")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_COMMON = re.compile(
    r"[我你您他她它]们?|这[个些]?|那[个些]?|一[个直些下]|没[有得]|[不又也都还就在是的了过着到把被给和跟]|"
    r"上个?月|今天|昨天|前天|[年月日天号点]|工单"
)
HOW_FAR = re.compile(
    r"工单|单子|编号|BZ|进[度展]|结果|催|查|办[得到好完没]|回[复话音]|答复|消息|处理", re.I
)
_TELLS = re.compile(r"[了过是来去说又还也被把]|没")
_WISH = re.compile(
    r"我(?:们)?(?:要|想)(?:投诉|举报|反映|问|咨询|登记|求助|查)|帮我|给我|请你|转人工"
)
# What a statement may be taken for, and whose actions ask here (bot/data/rules).
_MAY_GO_ON = {"ask_policy", "ask_procedure", "follow_up", "nlu_fallback", "out_of_scope"}
_MATTERS_TOO = {"open_complaint", "open_ticket", "legal_help", "redemption"}


def carried_for(ticket: Ticket, *, supplement: bool) -> dict[str, object]:
    """What a reply carries after which the person may go on telling of `ticket`."""
    about = ticket.body[:LONGEST_ABOUT]
    return {
        "offer": OFFER_MORE,
        "ticket": ticket.number,
        "about": about,
        "supplement": supplement,
    }


def ticket_told_of(tracker: Tracker, message: Message) -> str:
    """The number of the ticket that `message` tells more of; empty when it is something else.

    Behind a supplement every statement is more of it; behind a new ticket what sounds like a matter
    of its own only when it speaks of the same thing.
    """
    carried = last_custom(tracker)
    if carried.get("offer") != OFFER_MORE or message.in_form or not states(message):
        return ""
    speaks = speaks_of(message.text, carried["about"])
    same = speaks or bool(carried["supplement"])
    goes_on = message.intent in _MAY_GO_ON or (message.intent in _MATTERS_TOO and same)
    if message.intent == "ticket_status":
        # Taken for a question how far it is, though it names neither ticket nor answer.
        goes_on = speaks and not HOW_FAR.search(message.text)
    return str(carried["ticket"]) if goes_on else ""


def speaks_of(text: str, about: str) -> bool:
    """Whether `text` takes up a word of `about`: 围墙是上个月砌的."""
    words = _CHINESE.findall(_COMMON.sub(" ", text))
    pairs = {word[at : at + 2] for word in words for at in range(len(word) - 1)}
    return any(pair in about for pair in pairs)


def states(message: Message) -> bool:
    """Whether `message` tells something: it asks nothing, wants nothing, names no policy alone."""
    text = message.text.strip()
    if len(re.findall(r"\w", text)) < SHORTEST or PLEASANTRY.fullmatch(text):
        return False
    if QUESTION.search(_NOBODY.sub("", text)) or ANOTHER.search(text) or _WISH.search(text):
        return False
    return bool(_TELLS.search(text)) or not (POLICY.search(text) and len(text) <= _NAME_OF_A_POLICY)


async def say_added(dispatcher: CollectingDispatcher, message: Message, number: str) -> None:
    """Adds the message to the ticket, once for each message, and says so."""
    ticket = await ask(tickets.find_own, message.conversation, number)
    if ticket.state not in MOVES["add"].sources:
        dispatcher.utter_message(text=NO_LONGER.format(number=number))
        return
    await ask(person.add, ticket, text=message.text.strip(), key=message.id, now=timezone.now())
    say_supplement(dispatcher, ticket, message.text.strip(), also=True)


def say_supplement(
    dispatcher: CollectingDispatcher, ticket: Ticket, words: str, *, also: bool = False
) -> None:
    """What was added to which ticket, and that more may follow."""
    begins = "这句也补充到" if also else "已补充到"
    dispatcher.utter_message(
        text=f"{begins}{label_of(ticket)}：\n“{shortened(words)}”\n经办人会看到。还有要补充的，接着说。",
        json_message=carried_for(ticket, supplement=True),
    )


def say_received(dispatcher: CollectingDispatcher, ticket: Ticket, words: str) -> None:
    """What staff had asked for has come: to which ticket it was added, and that it goes on."""
    dispatcher.utter_message(
        text=f"收到了，已记到{label_of(ticket)}：\n"
        f"“{shortened(words)}”\n经办人会看到，接着办理。还有要补充的，接着说。",
        json_message=carried_for(ticket, supplement=True),
    )


def label_of(ticket: Ticket) -> str:
    """Which ticket is spoken of, short: 工单 BZ2611230001（求助：厂区断水）."""
    return f"工单 {ticket.number}（{ticket.get_category_display()}：{ticket.subject}）"


def shortened(words: str) -> str:
    """`words` as they are quoted back."""
    return words if len(words) <= LONGEST_QUOTED else words[: LONGEST_QUOTED - 1] + "…"
