"""A move in the making: what it is about, who makes it, and what it brought to light."""

from dataclasses import dataclass, field
from datetime import datetime

from desk.accounts.models import StaffMember
from desk.tickets.models.tasks import Review
from desk.tickets.models.ticket import Ticket
from desk.tickets.moves import Move
from desk.tickets.values import Particulars, Party, State

Actor = StaffMember | Party


@dataclass(slots=True)
class Step:
    """One move on one locked ticket; `facts` go into the audit row and hold no personal data."""

    ticket: Ticket
    move: Move
    actor: Actor
    now: datetime
    words: str
    given: Particulars
    before: State
    facts: dict[str, object] = field(default_factory=dict)
    review: Review | None = None

    @property
    def staff(self) -> StaffMember | None:
        """Who of the staff makes the move; None for the person and the system."""
        return self.actor if isinstance(self.actor, StaffMember) else None

    @property
    def who(self) -> str:
        """The one who makes the move, as colleagues read it."""
        if isinstance(self.actor, StaffMember):
            return self.actor.name
        return "来访人" if self.actor is Party.PERSON else "系统"
