"""From what a person stated to a ticket: checked, cleaned, routed."""

from datetime import datetime

from desk.conversations.errors import ConversationNotFound
from desk.conversations.models import Conversation
from desk.enterprises import services as enterprises
from desk.enterprises.models import District
from desk.tickets.errors import InvalidContact, InvalidTicket
from desk.tickets.models.ticket import Ticket
from desk.tickets.routing import Route, route
from desk.tickets.values import Category, State, TicketRequest, read_phone
from knowledge_base.text import clean, sentences

MAX_BODY = 4000
MAX_NAME = 32
SUBJECT_LENGTH = 40


def draft(request: TicketRequest, *, now: datetime) -> tuple[Ticket, Route]:
    """`request` as a ticket, not yet numbered or saved, and where it goes.

    Raises InvalidTicket or InvalidContact with what is wrong, ConversationNotFound.
    """
    if request.category not in Category.values:
        raise InvalidTicket("请选择诉求类别：咨询、求助、建议、投诉或举报。")
    category = Category(request.category)
    what, who = clean(request.what), clean(request.who)
    if not what:
        raise InvalidTicket("请说明您要反映的事情。")
    if len(what) > MAX_BODY:
        raise InvalidTicket(f"内容太长了，请控制在{MAX_BODY}字以内。")
    if not who or len(who) > MAX_NAME:
        raise InvalidTicket(f"请留下您的称呼（不超过{MAX_NAME}个字）。")
    if not request.key:
        raise InvalidTicket("提交缺少标识，请重新提交。")
    phone = _phone(request)
    channel = request.channel
    if request.conversation_id is not None:
        known = Conversation.objects.select_related("identity")
        conversation = known.filter(pk=request.conversation_id).first()
        if conversation is None:
            raise ConversationNotFound
        channel = conversation.identity.channel
    if request.district not in ("", *District.values):
        raise InvalidTicket("没有这个区县，请重新选择。")
    firm = enterprises.find(credit_code=request.credit_code, name=who)
    way = route(category, what, district=request.district, enterprise=firm)
    ticket = Ticket(
        conversation_id=request.conversation_id,
        channel=channel,
        category=category,
        state=State.RECEIVED,
        enterprise=firm,
        topic=way.topic,
        district=way.district,
        routed_by=way.reason,
        person_name=who,
        person_phone=phone,
        subject=_subject(what),
        body=what,
        opened_at=now,
        idempotency_key=request.key,
    )
    return ticket, way


def _phone(request: TicketRequest) -> str:
    """The digits to call; empty only where the person can be answered in their conversation."""
    if not request.contact.strip() and request.conversation_id is not None:
        return ""
    phone = read_phone(request.contact)
    if phone is None:
        raise InvalidContact
    return phone


def _subject(what: str) -> str:
    """The first sentence of `what`, cut to what a list can show."""
    first = next(iter(sentences(what)), what)
    return first if len(first) <= SUBJECT_LENGTH else first[: SUBJECT_LENGTH - 1] + "…"
