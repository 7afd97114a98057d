"""Finding tickets by what stands in them: number, person, telephone, firm, demand.

Chinese has no blanks between words, so texts are indexed as pairs of neighbouring characters, and
what is looked for must stand there letter by letter: 拖欠货款 is 拖欠 欠货 货款 in a row (decision
0070). Telephone numbers are found whole or not at all: whoever sees 138****5678 must not be able
to guess the rest.
"""

import re
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from desk.enterprises.models import Enterprise
from desk.tickets.models.ticket import Ticket
from desk.tickets.models.words import TicketWords
from desk.tickets.values import masked_text, read_phone
from knowledge_base.text import fold

LONGEST = 60
# Firms whose name holds the words. A word of more firms (南江) does not say which is meant; their
# tickets are found by the name that stood in the register when they were made.
MOST_FIRMS = 20
_RUNS = re.compile(r"[^\W_]+")

SQLITE = "SELECT rowid FROM tickets_pairs WHERE tickets_pairs MATCH %s"
POSTGRES = "SELECT ticket_id FROM tickets_ticketwords WHERE vector @@ to_tsquery('simple', %s)"
# The same row by row. OFFSET keeps PostgreSQL from making a join of it: it expects far fewer rows
# of a phrase than there are, and would put all of them in order for the first page.
POSTGRES_EACH = (
    "EXISTS (SELECT 1 FROM tickets_ticketwords WHERE ticket_id = tickets_ticket.id"
    " AND vector @@ to_tsquery('simple', %s) OFFSET 0)"
)
# Of some tickets from the first to the last: how many there are, and how many hold it.
POSTGRES_SAMPLE = (
    "SELECT count(*), count(*) FILTER (WHERE vector @@ to_tsquery('simple', %s))"
    " FROM tickets_ticketwords WHERE ticket_id = ANY(ARRAY("
    "SELECT generate_series(lowest, highest, greatest((highest - lowest) / %s, 1))"
    " FROM (SELECT min(ticket_id) AS lowest, max(ticket_id) AS highest"
    " FROM tickets_ticketwords) AS bounds))"
)
SAMPLE = 500
# What one of so many holds is soon found by going through the list; but not through a part of it,
# which may hold none.
COMMON = 10
OF_FIRMS = " UNION SELECT id FROM tickets_ticket WHERE enterprise_id IN ({})"
OF_PHONE = " UNION SELECT id FROM tickets_ticket WHERE person_phone = %s"


def keep(ticket: Ticket) -> None:
    """Makes the new `ticket` one that can be found."""
    TicketWords.objects.create(ticket=ticket, pairs=indexed(ticket))


def indexed(ticket: Ticket) -> str:
    """The pairs of what a ticket is found by; numbers in its text are starred first."""
    firm = ticket.enterprise.name if ticket.enterprise else ""
    return pairs_of(ticket.number, ticket.person_name, firm, masked_text(ticket.body))


def pairs_of(*texts: str) -> str:
    """The pairs of neighbouring characters in `texts`, parted by blanks; each run of letters ends
    with its last character alone, so that every character begins a pair or is one."""
    return " ".join(
        pair for text in texts for run in _runs(text) for pair in (*_pairs(run), run[-1])
    )


def holding(wanted: str, *, narrowed: bool = False) -> Q:
    """The tickets that hold every word of `wanted`, as a filter; none when there is none in it.

    `narrowed`: they must also be of a category, a place, a day or the like, as few may be.
    """
    runs = list(_runs(wanted[:LONGEST]))
    if not runs:
        return Q(pk__in=[])
    query, parameters = _matching(runs)
    firms = _firms(wanted)
    if firms:
        query += OF_FIRMS.format(", ".join(["%s"] * len(firms)))
        parameters += firms
    phone = read_phone(wanted)
    if phone:
        query += OF_PHONE
        parameters.append(phone)
    if query == POSTGRES and not narrowed and _common(str(parameters[0])):
        return Q(RawSQL(POSTGRES_EACH, parameters, BooleanField()))  # noqa: S611 - the same
    return Q(pk__in=RawSQL(query, parameters))  # noqa: S611 - our constants; words are parameters


def sought(wanted: str) -> bool:
    """Whether `wanted` holds anything to look for: signs alone stand in no index."""
    return any(True for _ in _runs(wanted[:LONGEST]))


def _matching(runs: Iterable[str]) -> tuple[str, list[object]]:
    """The statement and its parameter, in the language of the database's own index."""
    if connection.vendor == "postgresql":
        phrases = (
            " <-> ".join(f"'{pair}'" for pair in _pairs(run)) or f"'{run}':*" for run in runs
        )
        return POSTGRES, [" & ".join(phrases)]
    quoted = (f'"{" ".join(_pairs(run))}"' if len(run) > 1 else f'"{run}" *' for run in runs)
    return SQLITE, [" AND ".join(quoted)]


def _common(phrase: str) -> bool:
    """Whether a list of tickets holds what is looked for every few rows (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(POSTGRES_SAMPLE, [phrase, SAMPLE])
        looked_at, found = cursor.fetchone()
    return bool(found * COMMON > looked_at)


def _firms(wanted: str) -> list[object]:
    """Firms of this credit code, or with the words in their name; none when there are too many."""
    words = fold(wanted)
    named = Q(name__icontains=words) | Q(credit_code=words.upper())
    found: list[object] = list(
        Enterprise.objects.filter(named).values_list("pk", flat=True)[: MOST_FIRMS + 1]
    )
    return found if len(found) <= MOST_FIRMS else []


def _runs(text: str) -> Iterator[str]:
    for found in _RUNS.finditer(fold(text).casefold()):
        yield found[0]


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]
