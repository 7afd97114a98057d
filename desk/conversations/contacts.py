"""A person under several names: identities that belong to one contact."""

from django.db import transaction

from desk.audit.services import record
from desk.conversations.models import Contact, Identity


def merge(kept_id: int, gone_id: int, *, reason: str) -> None:
    """The identities of contact `gone_id` are `kept_id`'s from now on; the empty one goes.

    Their conversations stay apart, each on its channel.
    """
    if kept_id == gone_id:
        return
    with transaction.atomic():
        # In one order everywhere, or two merges could wait for each other.
        both = Contact.objects.select_for_update().filter(pk__in=(kept_id, gone_id))
        contacts = {contact.pk: contact for contact in both.order_by("pk")}
        kept, gone = contacts[kept_id], contacts[gone_id]
        Identity.objects.filter(contact=gone).update(contact=kept)
        if not kept.display_name and gone.display_name:
            kept.display_name = gone.display_name
            kept.save(update_fields=["display_name"])
        gone.delete()
        record(
            actor=None,
            action="contact.merged",
            target=f"contact:{kept_id}",
            details={"gone": gone_id, "reason": reason},
        )
