"""What the desk keeps of tickets; each module holds one noun's rows."""

from desk.tickets.models.clocks import ClockPause, TicketClock
from desk.tickets.models.rules import RoutingRule, ServiceLevel
from desk.tickets.models.tasks import FollowUp, Notice, ProgressTry, Review
from desk.tickets.models.ticket import DailySequence, Ticket, TicketEvent
from desk.tickets.models.words import TicketWords

__all__ = [
    "ClockPause",
    "DailySequence",
    "FollowUp",
    "Notice",
    "ProgressTry",
    "Review",
    "RoutingRule",
    "ServiceLevel",
    "Ticket",
    "TicketClock",
    "TicketEvent",
    "TicketWords",
]
