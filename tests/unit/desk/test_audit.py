"""The audit log is written with its change, once, and never altered."""

import pytest
from django.db import IntegrityError, transaction

from desk.accounts.models import StaffMember
from desk.audit.models import AppendOnlyError, AuditEntry
from desk.audit.services import OutsideTransaction, record

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_what(handler: StaffMember) -> None:
    record(actor=handler, action="ticket.closed", target="ticket:BZ1", details={"to": "closed"})

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == (handler, "ticket.closed", "ticket:BZ1")
    assert entry.details == {"to": "closed"}


def test_an_entry_cannot_be_saved_again() -> None:
    entry = record(actor=None, action="ticket.closed", target="ticket:BZ1")
    entry.target = "ticket:BZ2"

    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        AuditEntry.objects.get().save(update_fields=["target"])
    assert AuditEntry.objects.get().target == "ticket:BZ1"


def test_an_entry_cannot_be_deleted() -> None:
    entry = record(actor=None, action="ticket.closed", target="ticket:BZ1")

    with pytest.raises(AppendOnlyError):
        entry.delete()
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("manager", ["objects", "_base_manager", "_default_manager"])
def test_entries_cannot_be_changed_in_bulk(manager: str) -> None:
    entry = record(actor=None, action="ticket.closed", target="ticket:BZ1")
    rows = getattr(AuditEntry, manager).all()

    with pytest.raises(AppendOnlyError):
        rows.update(target="ticket:BZ2")
    with pytest.raises(AppendOnlyError):
        rows.delete()
    with pytest.raises(AppendOnlyError):
        rows.bulk_update([entry], ["target"])
    with pytest.raises(AppendOnlyError):
        rows.update_or_create(pk=entry.pk, defaults={"target": "ticket:BZ2"})
    with pytest.raises(AppendOnlyError):
        rows.bulk_create([entry], update_conflicts=True)


def test_whoever_stands_in_the_log_cannot_be_deleted(handler: StaffMember) -> None:
    record(actor=handler, action="ticket.closed", target="ticket:BZ1")

    with pytest.raises(IntegrityError):
        handler.delete()


@pytest.mark.parametrize("action", ["closed", "Ticket.closed", "ticket closed", "ticket.", ""])
def test_an_action_is_named_noun_and_verb(action: str) -> None:
    with pytest.raises(ValueError, match="named"):
        record(actor=None, action=action, target="ticket:BZ1")


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        record(actor=None, action="ticket.closed", target="ticket:BZ1")


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_when_its_change_is_rolled_back() -> None:
    with transaction.atomic():
        record(actor=None, action="ticket.closed", target="ticket:BZ1")
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()
