"""Which department similar tickets went to: read by our encoder, shown with its reason."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from desk.accounts.models import Department
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import DONE_STATES
from knowledge_base.encoder import Encoder, load_for_questions

# Tickets whose department proved right: closed by it. The newest of them tell enough.
REMEMBERED = 5000
NEIGHBOURS = 7
# Below this our encoder's likeness says little; measured on the demonstration's month.
ALIKE = 0.55
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A department and why; `score` is the likeness of the tickets that speak for it, summed."""

    department: Department
    reason: str
    score: float


class PastTickets:
    """The vectors of closed tickets, kept in this process; each look adds what closed since."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._encoder: Encoder | None = None
        self._ids: list[int] = []
        self._until: datetime | None = None
        self._vectors: NDArray[np.float32] | None = None

    def like(self, text: str) -> list[tuple[int, float]]:
        """The closed tickets most like `text` with their likeness, best first."""
        with self._lock:
            encoder = self._encoder = self._encoder or load_for_questions()
            self._refresh(encoder)
            if self._vectors is None:
                return []
            scores = self._vectors @ encoder.encode([text])[0]
            best = np.argsort(-scores)[:NEIGHBOURS]
            return [(self._ids[place], float(scores[place])) for place in best]

    def _refresh(self, encoder: Encoder) -> None:
        closed = Ticket.objects.filter(closed_at__isnull=False)
        if self._until is not None:
            closed = closed.filter(closed_at__gte=self._until)
        known = set(self._ids)
        newest = closed.order_by("-closed_at").values_list("pk", "body", "closed_at")[:REMEMBERED]
        added = [row for row in reversed(newest) if row[0] not in known]
        if not added:
            return
        vectors = encoder.encode([body for _, body, _ in added])
        kept = [] if self._vectors is None else [self._vectors]
        self._vectors = np.vstack([*kept, vectors])[-REMEMBERED:]
        self._ids = [*self._ids, *(pk for pk, _, _ in added)][-REMEMBERED:]
        self._until = added[-1][2]


past = PastTickets()


def suggest(ticket: Ticket) -> list[Suggestion]:
    """The departments that closed tickets like this one, the likeliest first; at most SHOWN."""
    alike = [(pk, score) for pk, score in past.like(ticket.body) if score >= ALIKE]
    found = {
        one.pk: one
        # As they stand now: one done again has proved nothing.
        for one in Ticket.objects.filter(pk__in=[pk for pk, _ in alike], state__in=DONE_STATES)
        .exclude(pk=ticket.pk)
        .select_related("department")
    }
    votes: dict[Department, list[tuple[float, str]]] = defaultdict(list)
    for pk, score in alike:
        if (one := found.get(pk)) and one.department:
            votes[one.department].append((score, one.number))
    suggestions = [
        Suggestion(department, _reason(theirs), sum(score for score, _ in theirs))
        for department, theirs in votes.items()
    ]
    return sorted(suggestions, key=lambda one: one.score, reverse=True)[:SHOWN]


def _reason(votes: list[tuple[float, str]]) -> str:
    score, number = max(votes)
    others = f"等{len(votes)}件" if len(votes) > 1 else ""
    return f"办结过相似的{number}{others}（相似度{score:.0%}）"
