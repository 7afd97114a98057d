"""The dialogue's events in a table: SQLite, or PostgreSQL for those who keep no state on disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import Select

from bot.event_log import Entry, Overtaken, Read

CONNECT_SECONDS = 3
SESSION_STARTED, PERSON, BOT = "session_started", "user", "bot"

_META = MetaData()
# Its own name: the database may be the desk's, or hold a stock Rasa's `events` already.
EVENTS = Table(
    "dialogue_events",
    _META,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message_id", Text),
    Column("at", Float(53), nullable=False),
    Column("event", Text, nullable=False),
)
_STARTS = EVENTS.c.kind == SESSION_STARTED
_NUMBERED = EVENTS.c.message_id.isnot(None)
Index("dialogue_events_of", EVENTS.c.conversation, EVENTS.c.id)
Index(
    "dialogue_sessions_of",
    EVENTS.c.conversation,
    EVENTS.c.id,
    sqlite_where=_STARTS,
    postgresql_where=_STARTS,
)
Index(
    "dialogue_turn",
    EVENTS.c.conversation,
    EVENTS.c.message_id,
    unique=True,
    sqlite_where=_NUMBERED,
    postgresql_where=_NUMBERED,
)

# Made once: SQLAlchemy takes longer to make a statement and find its text than SQLite to answer it.
_MINE = EVENTS.c.conversation == bindparam("conversation")
_NAMED = EVENTS.c.message_id == bindparam("message_id")
_LAST = select(func.coalesce(func.max(EVENTS.c.id), 0)).where(_MINE)
_STARTED = select(func.coalesce(func.max(EVENTS.c.id), 0)).where(_MINE, _STARTS)
_EVERYTHING = select(EVENTS.c.id, EVENTS.c.event).where(_MINE).order_by(EVENTS.c.id)
_SESSION = _EVERYTHING.where(EVENTS.c.id >= _STARTED.scalar_subquery())
_TURN = select(EVENTS.c.event).where(_MINE, _NAMED)
_PLACE = select(EVENTS.c.id).where(_MINE, _NAMED)
_AFTER = EVENTS.c.id > bindparam("turn")
_NEXT_TURN = select(func.min(EVENTS.c.id)).where(_MINE, _AFTER, EVENTS.c.kind == PERSON)
_SAID = select(EVENTS.c.event).where(_MINE, _AFTER, EVENTS.c.kind == BOT).order_by(EVENTS.c.id)
_SAID_BEFORE = _SAID.where(EVENTS.c.id < bindparam("end"))


class SqlLog:
    """An EventLog in the database at `url`; the table is made when it is not there."""

    def __init__(self, url: str) -> None:
        self.remote = not url.startswith("sqlite")
        self._engine = _postgres(url) if self.remote else _sqlite(url)
        with self._engine.begin() as connection:
            if self.remote:
                # Two processes that start together must not both make the table.
                connection.execute(text("SELECT pg_advisory_xact_lock(3641)"))
            _META.create_all(connection)

    def append(self, conversation: str, entries: Sequence[Entry], *, after: int) -> int:
        """See EventLog."""
        rows = [
            {
                "conversation": conversation,
                "kind": entry.kind,
                "message_id": entry.message_id,
                "at": entry.at,
                "event": entry.event,
            }
            for entry in entries
        ]
        try:
            with self._alone(conversation) as connection:
                if _last(connection, conversation) != after:
                    raise Overtaken
                if rows:
                    connection.execute(insert(EVENTS), rows)
                return _last(connection, conversation)
        except IntegrityError as error:
            raise Overtaken(f"not appended: {error.orig}") from error

    def position(self, conversation: str) -> int:
        """See EventLog."""
        with self._reading() as connection:
            return _last(connection, conversation)

    def session(self, conversation: str) -> Read:
        """See EventLog."""
        return self._read(_SESSION, conversation)

    def everything(self, conversation: str) -> Read:
        """See EventLog."""
        return self._read(_EVERYTHING, conversation)

    def turn(self, conversation: str, message_id: str) -> str | None:
        """See EventLog."""
        named = {"conversation": conversation, "message_id": message_id}
        with self._reading() as connection:
            found: str | None = connection.execute(_TURN, named).scalar()
            return found

    def said(self, conversation: str, message_id: str) -> list[str] | None:
        """See EventLog."""
        named = {"conversation": conversation, "message_id": message_id}
        with self._reading() as connection:
            turn = connection.execute(_PLACE, named).scalar()
            if turn is None:
                return None
            after = {"conversation": conversation, "turn": turn}
            end = connection.execute(_NEXT_TURN, after).scalar()
            if end is None:
                return list(connection.execute(_SAID, after).scalars())
            return list(connection.execute(_SAID_BEFORE, after | {"end": end}).scalars())

    def conversations(self) -> list[str]:
        """See EventLog."""
        with self._reading() as connection:
            return list(connection.execute(select(EVENTS.c.conversation).distinct()).scalars())

    def forget(self, conversation: str) -> None:
        """See EventLog."""
        with self._engine.begin() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.conversation == conversation))

    def forget_before(self, moment: float) -> int:
        """See EventLog."""
        idle = (
            select(EVENTS.c.conversation)
            .group_by(EVENTS.c.conversation)
            .having(func.max(EVENTS.c.at) < moment)
        )
        with self._engine.begin() as connection:
            gone: int = connection.execute(
                delete(EVENTS).where(EVENTS.c.conversation.in_(idle))
            ).rowcount
            return gone

    def close(self) -> None:
        """See EventLog."""
        self._engine.dispose()

    def _read(self, wanted: Select, conversation: str) -> Read:
        with self._reading() as connection:
            rows = connection.execute(wanted, {"conversation": conversation}).all()
        return Read(tuple(row.event for row in rows), rows[-1].id if rows else 0)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = self._engine
        if self.remote:
            # One statement, one round trip: no BEGIN and ROLLBACK around it.
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def _alone(self, conversation: str) -> Iterator[Connection]:
        """A transaction in which nobody else appends to the conversation."""
        with self._engine.begin() as connection:
            if self.remote:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtextextended(:conversation, 0))"),
                    {"conversation": conversation},
                )
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def _last(connection: Connection, conversation: str) -> int:
    last: int = connection.execute(_LAST, {"conversation": conversation}).scalar()
    return last


def _sqlite(url: str) -> Engine:
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    # One connection, used by the event loop; only the first load happens in another thread.
    engine = create_engine(
        url, poolclass=StaticPool, connect_args={"check_same_thread": False}, future=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # Ours to begin and to end: the driver would begin too late to keep others out.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # NORMAL may lose the last turns in a power cut, never in a crash: dialogue state is
        # disposable, and the desk keeps the transcript.
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _postgres(url: str) -> Engine:
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    query = parts.query
    if "%2f" in host.lower():
        # The folder of a socket, as DATABASE_URL may write it; the driver wants it as a parameter.
        query = "&".join(filter(None, (query, f"host={unquote(host)}")))
        host = ""
    written = urlunsplit(
        parts._replace(scheme="postgresql", netloc=f"{credentials}{at}{host}", query=query)
    )
    return create_engine(
        written,
        # A server that was started anew must not cost a turn.
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS},
        future=True,
    )
