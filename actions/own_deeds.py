"""服务员: what is done with a person's own ticket once all is known, and how it is named."""

from django.utils import timezone
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Message, ask
from actions.own_wishes import GRADES, Wanted, Wish
from actions.supplements import label_of, say_supplement
from desk.tickets import person
from desk.tickets import services as tickets
from desk.tickets.values import State

FORM = "own_form"


async def carry_out(dispatcher: CollectingDispatcher, message: Message, wanted: Wanted) -> None:
    """Does what is wanted through the desk's one door, once for each message, and says so.

    Raises what `desk.tickets.person` raises.
    """
    ticket = await ask(tickets.find_own, message.conversation, wanted.number)
    label, now = label_of(ticket), timezone.now()
    match wanted.wish:
        case Wish.ADD:
            await ask(person.add, ticket, text=wanted.words, key=message.id, now=now)
            say_supplement(dispatcher, ticket, wanted.words)
            return
        case Wish.WITHDRAW:
            await ask(person.withdraw, ticket, key=message.id, now=now, words=wanted.words)
            said = f"{label}已撤回，不再办理。想再办，重新说一遍事情就行。"
        case Wish.RATE:
            await ask(
                person.rate,
                ticket,
                rating=wanted.rating,
                key=message.id,
                now=now,
                words=wanted.words,
            )
            grade = GRADES[wanted.rating - 1]
            said = f"{label}的评价记下了：{wanted.rating}分（{grade}）。谢谢您。"
            if wanted.rating <= 2:
                said += "没办好的地方，会有人再过问。还没解决，就说“没解决，要重新办”。"
        case Wish.REOPEN:
            after = await ask(
                person.confirm, ticket, solved=False, key=message.id, now=now, words=wanted.words
            )
            said = (
                f"好，{label}接着办，您的话已转给经办人。"
                if after.state == State.IN_PROGRESS
                else f"记下了：{label}还没解决。重办过一次了，这次由负责人过问，会跟您联系。"
            )
    dispatcher.utter_message(text=said)
