"""Bringing tickets into any state and making any move, always through the one door."""

from dataclasses import dataclass
from datetime import datetime

from desk.accounts.models import Department, Role, StaffMember
from desk.tickets import services
from desk.tickets.models import Review, Ticket
from desk.tickets.moves import MOVES, Field, Move
from desk.tickets.values import HELD_STATES, Particulars, Party, ReviewKind, State, TicketRequest

WAYS: dict[State, tuple[str, ...]] = {
    State.RECEIVED: ("ask_return", "approve_return"),
    State.ASSIGNED: (),
    State.IN_PROGRESS: ("start",),
    State.SUSPENDED: ("start", "suspend"),
    State.CLOSED: ("start", "close"),
    State.VISITED: ("start", "close", "visit"),
    State.ARCHIVED: ("start", "close", "visit", "archive"),
    State.MERGED: ("merge",),
    State.WITHDRAWN: ("withdraw",),
}


@dataclass
class Lives:
    """A department's staff and the administrator, who can make every move of staff."""

    handler: StaffMember
    boss: StaffMember
    elsewhere: Department
    now: datetime

    def bring(self, ticket: Ticket, state: State) -> Ticket:
        """The assigned `ticket`, moved on until it is in `state`."""
        for move in WAYS[state]:
            ticket = self.make(ticket, MOVES[move])
        assert ticket.state == state
        return ticket

    def make(self, ticket: Ticket, move: Move) -> Ticket:
        """`move` by somebody who may, with everything it needs."""
        return services.transition(
            ticket.pk,
            move.name,
            actor=self.actor(move),
            now=self.now,
            note="说明",
            given=self.given(ticket, move),
        )

    def actor(self, move: Move) -> StaffMember | Party:
        if Role.ADMINISTRATOR in move.roles:
            return self.handler if move.asks else self.boss
        return next(iter(move.parties)) if move.parties else self.boss

    def given(self, ticket: Ticket, move: Move) -> Particulars:
        """Fitting particulars; what a decision decides is asked for first."""
        if move.decides or move.name == "refuse":
            self._have_review(ticket, move.decides or ReviewKind.RETURN)
        return Particulars(
            department=self.elsewhere.code if Field.DEPARTMENT in move.fields else "",
            handler=self.handler.username if Field.HANDLER in move.fields else "",
            days=5,
            main=self.main().number if Field.MAIN in move.fields else "",
            solved=True,
            rating=5,
        )

    def main(self) -> Ticket:
        """Another open ticket of the department, to merge into."""
        found = Ticket.objects.filter(idempotency_key="main").first()
        return found or services.open_ticket(
            TicketRequest(None, "complain", "楼下的店乱收费", "李四", "13900139000", "main"),
            now=self.now,
        )

    def _have_review(self, ticket: Ticket, kind: ReviewKind) -> None:
        ticket.refresh_from_db()
        if ticket.state in HELD_STATES and not ticket.reviews.filter(outcome="").exists():
            Review.objects.create(
                ticket=ticket,
                kind=kind,
                reason="理由",
                department=self.elsewhere if kind is ReviewKind.REASSIGN else None,
                days=5 if kind is ReviewKind.EXTENSION else None,
                asked_by=self.handler,
                asked_at=self.now,
            )
