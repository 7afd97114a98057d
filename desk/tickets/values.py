"""The words of tickets, and what crosses their door."""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import models

from desk.conversations.models import Channel
from knowledge_base.text import fold, mask_personal, mask_phone

_SEPARATORS = re.compile(r"[\s\-()]+")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
# As people write them in a sentence: in groups, with the country's or the area's code.
_GAP = r"[ \t\u3000\xa0.()\uff08\uff09\-\u2013\u2014\uff0d]{0,2}"
_WRITTEN_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}(?!\d)")
_WRITTEN_LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)")
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}


# Another system handed it in (desk/partners); whoever speaks to us has a channel of their own.
PARTNER = "partner"
CHANNELS = [*Channel.choices, (PARTNER, "伙伴系统")]


class Category(models.TextChoices):
    """What kind of demand it is."""

    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    SUGGEST = "suggest", "建议"
    COMPLAIN = "complain", "投诉"
    REPORT = "report", "举报"


class State(models.TextChoices):
    """How far a ticket has come; moves.py says how it gets from one to the next."""

    RECEIVED = "received", "已受理"
    ASSIGNED = "assigned", "已分派"
    IN_PROGRESS = "in_progress", "办理中"
    SUSPENDED = "suspended", "等待补充"
    CLOSED = "closed", "已办结"
    VISITED = "visited", "已回访"
    ARCHIVED = "archived", "已归档"
    MERGED = "merged", "已并案"
    WITHDRAWN = "withdrawn", "已撤回"


# Somebody still has to do something; a merged ticket waits for its main one.
OPEN_STATES = (State.RECEIVED, State.ASSIGNED, State.IN_PROGRESS, State.SUSPENDED)
UNSETTLED = (*OPEN_STATES, State.MERGED)
# The result is known; `closed_at` says since when.
DONE_STATES = (State.CLOSED, State.VISITED, State.ARCHIVED)
# The clocks stand still: for the person's answer, or for the main ticket's clocks.
PAUSED_STATES = (State.SUSPENDED, State.MERGED)
# Some department has it in hand.
HELD_STATES = (State.ASSIGNED, State.IN_PROGRESS, State.SUSPENDED)


class Kind(models.TextChoices):
    """What a clock promises."""

    CONTACT = "contact", "首次联系"
    ACCEPTANCE = "acceptance", "签收"
    INTERIM = "interim", "阶段答复"
    CLOSING = "closing", "办结"


class Demand(models.TextChoices):
    """Whose promise a clock is: one for each category, and that to enterprises."""

    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    SUGGEST = "suggest", "建议"
    COMPLAIN = "complain", "投诉"
    REPORT = "report", "举报"
    ENTERPRISE = "enterprise", "企业诉求"


class ReviewKind(models.TextChoices):
    """What a department asks for and a superior decides."""

    RETURN = "return", "退单"
    REASSIGN = "reassign", "改派"
    EXTENSION = "extension", "延期"


class Party(StrEnum):
    """Who makes a move that no staff member makes."""

    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a move needs beside its words; each move reads its own and ignores the rest.

    `department` is a code, `handler` a username, `days` working days, `main` a ticket's number,
    `rating` 1 to 5.
    """

    department: str = ""
    handler: str = ""
    days: int | None = None
    main: str = ""
    solved: bool | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A demand as the person stated it; the same `key` is the same demand.

    `district` and `credit_code` (统一社会信用代码) are given where they are known, else read.
    `channel` says how a demand without conversation came; a conversation has its own.
    """

    conversation_id: UUID | None
    category: str
    what: str
    who: str
    contact: str
    key: str
    district: str = ""
    credit_code: str = ""
    channel: str = ""


def read_phone(text: str) -> str | None:
    """The digits of the mobile or area-coded number that `text` is; None when it is none."""
    digits = _COUNTRY.sub("", _SEPARATORS.sub("", fold(text)))
    valid = _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)
    return digits if valid else None


def masked_phone(digits: str) -> str:
    """138****5678; of a landline the area code and the last two digits are kept."""
    starred = mask_phone(digits)
    if starred != digits:
        return starred
    return digits[:4] + "*" * max(len(digits) - 6, 0) + digits[-2:] if digits else ""


def masked_text(text: str) -> str:
    """`text` for staff who may read but not act: telephone and identity card numbers starred."""
    text = text.translate(_FULL_WIDTH)
    for written in (_WRITTEN_MOBILE, _WRITTEN_LANDLINE):
        text = written.sub(_masked, text)
    return mask_personal(text)


def _masked(number: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", number[0])
    return masked_phone(_COUNTRY.sub("", digits))


def masked_name(name: str) -> str:
    """张三 → 张*: the first character, and a star for each other, of which three are enough."""
    return name[:1] + "*" * min(len(name) - 1, 3)
