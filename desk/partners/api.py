"""The partners' interface: read, one call, show."""

from typing import cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import HeaderEx, P, QueryEx, Router, Status
from ninja.security import HttpBearer

from desk.partners import demands, services
from desk.partners.demands import Demand, Standing
from desk.partners.errors import TokenMissing
from desk.partners.models import Partner, Scope
from desk.partners.schemas import (
    ChangeOut,
    ChangesOut,
    DemandIn,
    ErrorOut,
    OpenedOut,
    StepOut,
    TicketOut,
)
from desk.partners.services import Caller

router = Router(tags=["工单"])
_KEY = P(
    alias="Idempotency-Key",
    description="每件诉求一个，8到64个字母、数字或 . _ : -。同一个再来一次，得到同一张工单。",
)
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429})


class Token(HttpBearer):
    """A partner's token with the scope that an operation needs."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> Caller:
        """The caller. Raises TokenMissing, TokenInvalid, ScopeMissing, TooManyCalls."""
        found = super().__call__(request)
        if not isinstance(found, Caller):
            raise TokenMissing
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Who shows `token`, if it may do this."""
        caller = services.caller_of(token.strip(), now=timezone.now())
        caller.require(self._scope)
        return caller


def partner_of(request: HttpRequest) -> Partner:
    """Who was admitted: ninja keeps there what Token returned."""
    return cast("Caller", getattr(request, "auth", None)).partner


@router.post(
    "/tickets",
    auth=Token(Scope.CREATE),
    response={201: OpenedOut, 200: OpenedOut, REFUSALS: ErrorOut},
    summary="提交一件诉求",
    operation_id="open_ticket",
)
def open_ticket(
    request: HttpRequest,
    demand: DemandIn,
    key: HeaderEx[str, _KEY] = "",
) -> Status[OpenedOut]:
    """新的诉求返回 201；Idempotency-Key 和内容都与以前相同时返回 200 和原来的工单。"""
    partner, now = partner_of(request), timezone.now()
    opened = demands.open_ticket(partner, Demand(**demand.dict()), key=key, now=now)
    shown = ticket_out(demands.standing(partner, opened.ticket.number))
    made = OpenedOut(**shown.dict(), progress_code=opened.ticket.progress_code)
    return Status(201 if opened.new else 200, made)


@router.get(
    "/tickets/{number}",
    auth=Token(Scope.READ),
    response={200: TicketOut, REFUSALS: ErrorOut},
    summary="查询一张工单",
    operation_id="read_ticket",
)
def read_ticket(request: HttpRequest, number: str) -> TicketOut:
    """只能查询贵方自己提交的工单；别人的和不存在的都返回 404。"""
    return ticket_out(demands.standing(partner_of(request), number))


@router.get(
    "/changes",
    auth=Token(Scope.READ),
    response={200: ChangesOut, REFUSALS: ErrorOut},
    summary="查询变化",
    operation_id="list_changes",
)
def list_changes(
    request: HttpRequest,
    after: QueryEx[int, P(ge=0, le=2**62, description="上次返回的 after；第一次不填")] = 0,
    limit: QueryEx[int, P(ge=1, le=demands.MOST_CHANGES, description="最多几条")] = 100,
) -> ChangesOut:
    """贵方工单从 after 以后的每一步，几秒后才会列出，不会漏也不会重复。"""
    partner = partner_of(request)
    found = demands.changes(partner, after=after, most=limit, now=timezone.now())
    steps = [
        ChangeOut(
            number=step.number,
            reference=step.reference,
            label=step.label,
            state=step.state,
            state_label=step.state_label,
            at=step.at,
        )
        for step in found.steps
    ]
    return ChangesOut(changes=steps, after=found.after, more=found.more)


def ticket_out(found: Standing) -> TicketOut:
    """`found` as partners see it."""
    ticket, progress = found.ticket, found.progress
    return TicketOut(
        number=ticket.number,
        reference=found.reference,
        category=ticket.category,
        state=ticket.state,
        state_label=progress.state,
        department=progress.department,
        opened_at=ticket.opened_at,
        due_at=progress.due,
        closed_at=ticket.closed_at,
        answer=found.answer,
        rating=progress.rating,
        steps=[StepOut(label=step.label, at=step.at) for step in progress.milestones],
    )
