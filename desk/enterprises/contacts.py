"""Two contacts that turn out to be one person, with the firms they speak for."""

from django.db import transaction

from desk.conversations.contacts import merge as merge_identities
from desk.enterprises.models import BindingCode, BindingTry, EnterpriseContact


def merge(kept_id: int, gone_id: int, *, reason: str) -> None:
    """All of contact `gone_id` is `kept_id`'s from now on."""
    with transaction.atomic():
        standing = EnterpriseContact.objects.filter(ended_at__isnull=True)
        firms = set(standing.filter(contact_id=kept_id).values_list("enterprise_id", flat=True))
        rows = EnterpriseContact.objects.filter(contact_id=gone_id)
        rows.filter(ended_at__isnull=True, enterprise_id__in=firms).delete()
        rows.update(contact_id=kept_id)
        BindingCode.objects.filter(contact_id=gone_id).update(contact_id=kept_id)
        BindingTry.objects.filter(contact_id=gone_id).update(contact_id=kept_id)
        merge_identities(kept_id, gone_id, reason=reason)
