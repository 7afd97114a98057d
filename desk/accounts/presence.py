"""Who is at their desk: whoever has a page of the console open."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from desk.accounts.models import StaffMember

# Open pages are heard of at least this often, and written down no more often.
EVERY = timedelta(seconds=30)
GONE = timedelta(seconds=90)


def note(staff: StaffMember, now: datetime) -> None:
    """`staff` has a page open now."""
    if staff.seen_at is None or now - staff.seen_at >= EVERY:
        StaffMember.objects.filter(pk=staff.pk).update(seen_at=now)
        staff.seen_at = now


def present(now: datetime) -> QuerySet[StaffMember]:
    """The staff who have a page of the console open."""
    return StaffMember.objects.filter(is_active=True, seen_at__gt=now - GONE)
