"""The shapes of the fixtures that make things (conftest.py)."""

from collections.abc import Callable
from uuid import UUID

from desk.accounts.models import StaffMember
from desk.tickets.values import TicketRequest

StaffMaker = Callable[..., StaffMember]
ConversationMaker = Callable[..., UUID]
RequestMaker = Callable[..., TicketRequest]
Speaker = Callable[..., None]
