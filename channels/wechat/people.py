"""What WeChat's events tell of a person: whether they follow us, what notices they take, who they
are across accounts (unionid)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from channels.wechat.markup import Fields
from channels.wechat.models import Consent, Follower
from desk.conversations.models import Channel, Identity
from desk.conversations.values import IncomingMessage, Outgoing
from desk.enterprises import contacts

ACCEPTED = "accept"
MOST_CONSENTS = 100


def follows(outgoing: Outgoing) -> bool:
    """Whether we may write to them at all; true until WeChat said otherwise, and again as soon as
    they write, even when nobody told us that they came back."""
    row = _followers(outgoing.channel, outgoing.account, outgoing.recipient).first()
    if row is None or row.follows:
        return True
    return outgoing.heard_at is not None and outgoing.heard_at > row.changed_at


def unfollowed(channel: str, account: str, person: str, *, now: datetime) -> None:
    """The platform says that they follow us no more."""
    identity = Identity.objects.filter(channel=channel, account=account, external_id=person).first()
    if identity:
        Follower.objects.update_or_create(
            identity=identity, defaults={"follows": False, "changed_at": now}
        )


def _followers(channel: str, account: str, person: str) -> QuerySet[Follower]:
    return Follower.objects.filter(
        identity__channel=channel, identity__account=account, identity__external_id=person
    )


def note(message: IncomingMessage, event: str, fields: Fields) -> None:
    """Takes over what the stored event tells; the same event again changes nothing."""
    identity = Identity.objects.get(
        channel=message.channel, account=message.account, external_id=message.sender
    )
    now = message.received_at
    match event:
        case "subscribe":
            scene = fields.get("EventKey").removeprefix("qrscene_")[:64]
            known: dict[str, Any] = {"follows": True, "revoked_at": None, "changed_at": now}
            known |= {"scene": scene} if scene else {}
            Follower.objects.update_or_create(identity=identity, defaults=known)
        case "unsubscribe":
            gone = {"follows": False, "changed_at": now}
            Follower.objects.update_or_create(identity=identity, defaults=gone)
            Consent.objects.filter(identity=identity).update(left=0, changed_at=now)
        case "user_authorization_revoke" | "user_authorization_cancellation":
            revoked = {"revoked_at": now, "union_id": "", "scene": "", "changed_at": now}
            Follower.objects.update_or_create(identity=identity, defaults=revoked)
            Consent.objects.filter(identity=identity).update(left=0, changed_at=now)
        case "subscribe_msg_popup_event" | "subscribe_msg_change_event":
            note_consents(identity, message.message_id, fields, now=now)


def note_consents(identity: Identity, event_id: str, fields: Fields, *, now: datetime) -> None:
    """Each accepted template gives one more notice, each rejected one takes them all back."""
    for entry in fields.lists[:MOST_CONSENTS]:
        template = entry.get("TemplateId", "").strip()[:64]
        status = entry.get("SubscribeStatusString", "").strip()
        if not template or not status:
            continue
        with transaction.atomic():
            row, _ = Consent.objects.select_for_update().get_or_create(
                identity=identity, template_id=template, defaults={"changed_at": now}
            )
            if row.last_event == event_id:
                continue
            row.refused = status != ACCEPTED
            row.left = 0 if row.refused else row.left + 1
            row.last_event, row.changed_at = event_id, now
            row.save()


def is_known(account: str, person: str) -> bool:
    """Whether anything was noted of them."""
    return _followers(Channel.WECHAT.value, account, person).exists()


def know_union(account: str, person: str, union_id: str, *, now: datetime) -> bool:
    """Notes the person's unionid, or that there is none; another identity with the same one is the
    same contact from now on. True when two contacts became one."""
    if len(union_id) > 64:
        return False
    with transaction.atomic():
        identity = Identity.objects.select_for_update().get(
            channel=Channel.WECHAT.value, account=account, external_id=person
        )
        row, _ = Follower.objects.get_or_create(identity=identity, defaults={"changed_at": now})
        if row.revoked_at is not None or not union_id:
            return False
        row.union_id, row.changed_at = union_id, now
        row.save(update_fields=["union_id", "changed_at"])
        twin = (
            Follower.objects.filter(union_id=union_id)
            .exclude(identity__contact_id=identity.contact_id)
            .select_related("identity")
            .order_by("identity_id")
            .first()
        )
        if twin is None:
            return False
        contacts.merge(twin.identity.contact_id, identity.contact_id, reason="unionid")
    return True
