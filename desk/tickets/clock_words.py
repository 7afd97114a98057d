"""Clocks as staff read them: a colour and a sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.tickets.models.clocks import TicketClock
from desk.tickets.models.ticket import Ticket
from desk.worktime import services as worktime
from desk.worktime.calendar import WorkCalendar
from desk.worktime.clocks import elapsed


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock on a page; `colour` is green, amber, red, paused, met, late or stopped."""

    label: str
    colour: str
    words: str
    due: datetime | None


def lines_of(ticket: Ticket, *, now: datetime) -> list[ClockLine]:
    """The ticket's clocks of its present round and those still running, nearest first."""
    calendar = worktime.calendar()
    shown = [
        clock
        for clock in ticket.clocks.order_by("due_at", "id")
        if clock.running or clock.round == ticket.redone
    ]
    return [line_of(clock, now=now, calendar=calendar) for clock in shown]


def line_of(clock: TicketClock, *, now: datetime, calendar: WorkCalendar) -> ClockLine:
    """`clock` as it stands at `now`."""
    label = clock.get_kind_display()
    until = worktime.said_moment(clock.due_at, now)
    if clock.stopped_at is not None:
        return ClockLine(label, "stopped", "不再计时", None)
    if clock.met_at is not None:
        if clock.met_at <= clock.due_at:
            return ClockLine(label, "met", "已按时完成", clock.due_at)
        late = said_work(elapsed(clock.due_at, clock.met_at, calendar), calendar)
        return ClockLine(label, "late", f"已完成，超期{late}", clock.due_at)
    if clock.paused_since is not None:
        left = elapsed(clock.paused_since, clock.due_at, calendar)
        words = f"已暂停，恢复后还有{said_work(left, calendar)}"
        if clock.paused_since > clock.due_at:
            words = "已暂停，暂停前已超期"
        return ClockLine(label, "paused", words, None)
    if now > clock.due_at:
        over = said_work(elapsed(clock.due_at, now, calendar), calendar)
        return ClockLine(label, "red", f"已超期{over}，应在{until}前", clock.due_at)
    left = elapsed(now, clock.due_at, calendar)
    colour = "amber" if now >= clock.amber_at else "green"
    return ClockLine(label, colour, f"还剩{said_work(left, calendar)}，{until}前", clock.due_at)


def said_work(work: timedelta, calendar: WorkCalendar) -> str:
    """Working time in words: 3个工作日2小时, 45分钟, 不到1分钟."""
    minutes = int(work.total_seconds() // 60)
    full = sum(
        (end.hour - start.hour) * 60 + end.minute - start.minute
        for start, end in ((shift.start, shift.end) for shift in calendar.shifts)
    )
    days, minutes = divmod(minutes, full)
    hours, minutes = divmod(minutes, 60)
    if days:
        return f"{days}个工作日" + (f"{hours}小时" if hours else "")
    if hours:
        return f"{hours}小时" + (f"{minutes}分" if minutes else "")
    return f"{minutes}分钟" if minutes else "不到1分钟"
