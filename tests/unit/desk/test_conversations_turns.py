"""A message's way from stored to answered."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations import reading, services, turns
from desk.conversations.errors import (
    AlreadyHeld,
    ConversationNotFound,
    EmptyText,
    NotHolding,
    TextTooLong,
    TooManyWaiting,
)
from desk.conversations.models import (
    Contact,
    Conversation,
    InboundMessage,
    OutboundMessage,
    StaffRequest,
)
from desk.conversations.values import IncomingMessage, Reply

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def incoming(text="你好", message_id="m1", sender="visitor", received_at=NOW):
    return IncomingMessage("web", "web", sender, message_id, text, received_at)


def staff(name="li"):
    return StaffMember.objects.create_user(name, display_name=f"{name}同志")


def begun(message_id="m1", *, now=NOW, owner="web:1"):
    accepted = turns.accept(incoming(message_id=message_id))
    turn = turns.begin(accepted.conversation_id, owner=owner, now=now)
    assert turn is not None
    return turn


def said(conversation_id):
    return [(line.author, line.text) for line in reading.transcript(conversation_id)]


def test_the_same_key_is_stored_once():
    first = turns.accept(incoming())
    again = turns.accept(incoming())
    assert first.new
    assert not again.new
    assert again.inbound_id == first.inbound_id
    assert InboundMessage.objects.count() == 1


def test_the_same_id_of_another_sender_is_another_message():
    turns.accept(incoming())
    assert turns.accept(incoming(sender="another")).new
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "refusal"), [("", EmptyText), (" \n", EmptyText), ("字" * 4001, TextTooLong)]
)
def test_a_text_nobody_can_answer_is_refused_and_not_stored(text, refusal):
    with pytest.raises(refusal):
        turns.accept(incoming(text))
    assert not InboundMessage.objects.exists()
    assert not Contact.objects.exists()


def test_a_flood_is_refused_but_what_was_stored_stays():
    for number in range(turns.MAX_WAITING):
        turns.accept(incoming(message_id=str(number)))
    with pytest.raises(TooManyWaiting):
        turns.accept(incoming(message_id="one more"))
    assert not turns.accept(incoming(message_id="0")).new
    assert InboundMessage.objects.count() == turns.MAX_WAITING


def test_messages_are_answered_in_their_order_by_one_owner():
    turn = begun()
    turns.accept(incoming(message_id="m2"))
    assert turns.begin(turn.conversation_id, owner="worker:2", now=NOW) is None
    turns.finish(turn, [Reply("一")], now=NOW)
    second = turns.begin(turn.conversation_id, owner="worker:2", now=NOW)
    assert second is not None
    assert InboundMessage.objects.get(id=second.inbound_id).message_id == "m2"


def test_a_dead_owners_lease_runs_out():
    turn = begun()
    late = NOW + turns.LEASE + timedelta(seconds=1)
    again = turns.begin(turn.conversation_id, owner="worker:2", now=late)
    assert again is not None
    assert (again.inbound_id, again.owner) == (turn.inbound_id, "worker:2")


def test_a_late_finish_does_not_take_another_owners_lease():
    turn = begun()
    late = NOW + turns.LEASE + timedelta(seconds=1)
    turns.begin(turn.conversation_id, owner="worker:2", now=late)
    turns.fail(turn, "late", now=late)
    assert Conversation.objects.get().lease_owner == "worker:2"


def test_an_answer_is_written_once_however_often_it_is_finished():
    turn = begun()
    assert turns.finish(turn, [Reply("一"), Reply("二")], now=NOW)
    assert not turns.finish(turn, [Reply("一"), Reply("二")], now=NOW)
    assert said(turn.conversation_id) == [("person", "你好"), ("bot", "一"), ("bot", "二")]


def test_a_failed_turn_is_tried_again_later_and_later_and_never_out_of_order():
    turn = begun()
    turns.accept(incoming(message_id="m2"))
    assert not turns.fail(turn, "rasa is down", now=NOW)
    assert turns.begin(turn.conversation_id, owner="web:1", now=NOW) is None
    assert turns.due(NOW + timedelta(seconds=1)) == [turn.conversation_id]
    row = InboundMessage.objects.get(id=turn.inbound_id)
    assert row.next_try_at == NOW + timedelta(seconds=0.5)
    turns.fail(turn, "rasa is down", now=NOW)
    row.refresh_from_db()
    assert row.next_try_at == NOW + timedelta(seconds=1)
    assert row.failures == 2


def test_giving_up_apologises_and_asks_for_staff_exactly_once():
    turn = begun()
    late = NOW + turns.GIVE_UP_AFTER
    assert not turns.fail(turn, "down", now=late)
    assert not turns.fail(turn, "down", now=late)
    assert turns.fail(turn, "down", now=late)
    assert turns.fail(turn, "down", now=late), "settled already, which is as good"
    assert not turns.finish(turn, [Reply("zu spät")], now=late)
    assert said(turn.conversation_id) == [("person", "你好"), ("system", turns.APOLOGY)]
    assert StaffRequest.objects.count() == 1
    assert [conversation.id for conversation in services.waiting()] == [turn.conversation_id]


def test_nothing_is_due_while_someone_works_on_it_or_all_is_answered():
    turn = begun()
    assert turns.due(NOW) == []
    assert turns.due(NOW + turns.LEASE) == [turn.conversation_id]
    turns.finish(turn, [Reply("好")], now=NOW)
    assert turns.due(NOW + turns.LEASE) == []


def test_a_message_is_left_for_a_while_to_who_took_it_in_unless_a_try_failed():
    accepted = turns.accept(incoming())
    patience = timedelta(seconds=10)
    assert turns.due(NOW, left_for=patience) == []
    assert turns.due(NOW + patience, left_for=patience) == [accepted.conversation_id]
    turn = turns.begin(accepted.conversation_id, owner="web:1", now=NOW)
    turns.fail(turn, "down", now=NOW)
    assert turns.due(NOW + timedelta(seconds=1), left_for=patience) == [accepted.conversation_id]


def test_what_is_accepted_tells_whether_an_open_request_may_carry_the_answer():
    assert not turns.accept(incoming()).held_open
    assert turns.accept(incoming(message_id="m2"), hold=timedelta(seconds=3)).held_open
    assert turns.accept(incoming(message_id="m3")).held_open
    assert turns.accept(incoming(message_id="m2")).held_open
    later = incoming(message_id="m4", received_at=NOW + timedelta(seconds=3))
    assert not turns.accept(later).held_open


def test_the_bot_is_silent_while_staff_hold_the_conversation():
    turn = begun()
    services.take(turn.conversation_id, staff=staff(), now=NOW)
    assert not turns.finish(turn, [Reply("机器人的话")], now=NOW)
    assert said(turn.conversation_id) == [("person", "你好")]
    turns.accept(incoming(message_id="m2"))
    assert turns.begin(turn.conversation_id, owner="web:1", now=NOW) is None
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"held"}


def test_the_apology_is_not_spoken_over_staff():
    turn = begun()
    services.reply_as_staff(turn.conversation_id, staff=staff(), text="我在", key="k", now=NOW)
    assert turns.fail(turn, "down", now=NOW + turns.GIVE_UP_AFTER, final=True)
    assert said(turn.conversation_id) == [("person", "你好"), ("staff", "我在")]
    assert not StaffRequest.objects.exists()


def test_the_bot_does_not_answer_what_staff_dealt_with_and_gave_back_meanwhile():
    turn = begun()
    member = staff()
    services.reply_as_staff(turn.conversation_id, staff=member, text="我在", key="k", now=NOW)
    services.give_back(turn.conversation_id, staff=member, now=NOW)
    assert not turns.finish(turn, [Reply("机器人的话")], now=NOW)
    assert [author for author, _ in said(turn.conversation_id)] == ["person", "staff", "system"]


def test_a_long_queue_of_one_person_hides_nobody_else():
    for number in range(5):
        turns.accept(incoming(message_id=str(number)))
    waiting = turns.begin(Conversation.objects.get().id, owner="web:1", now=NOW)
    turns.fail(waiting, "down", now=NOW)
    other = turns.accept(incoming(sender="another"))
    assert turns.due(NOW, limit=1) == [other.conversation_id]


def test_a_held_message_is_not_answered_by_the_bot_after_it_is_given_back():
    accepted = turns.accept(incoming())
    member = staff()
    services.take(accepted.conversation_id, staff=member, now=NOW)
    turns.begin(accepted.conversation_id, owner="web:1", now=NOW)
    services.give_back(accepted.conversation_id, staff=member, now=NOW)
    assert turns.begin(accepted.conversation_id, owner="web:1", now=NOW) is None
    assert said(accepted.conversation_id)[-1][0] == "system"


def test_a_staff_reply_is_sent_once_and_takes_the_conversation():
    accepted = turns.accept(incoming())
    member = staff()
    services.request_staff(accepted.conversation_id, key="m1", reason="要人工", now=NOW)
    for _ in range(2):
        services.reply_as_staff(
            accepted.conversation_id, staff=member, text=" 您好 ", key="k", now=NOW
        )
    assert said(accepted.conversation_id) == [("person", "你好"), ("staff", "您好")]
    assert Conversation.objects.get().holder == member
    assert not services.waiting().exists()


def test_two_staff_do_not_hold_one_conversation():
    accepted = turns.accept(incoming())
    services.take(accepted.conversation_id, staff=staff("li"), now=NOW)
    wang = staff("wang")
    with pytest.raises(AlreadyHeld):
        services.take(accepted.conversation_id, staff=wang, now=NOW)
    with pytest.raises(AlreadyHeld):
        services.reply_as_staff(accepted.conversation_id, staff=wang, text="好", key="k", now=NOW)
    with pytest.raises(NotHolding):
        services.give_back(accepted.conversation_id, staff=wang, now=NOW)
    assert not OutboundMessage.objects.exists()


def test_who_stands_in_for_all_may_relieve_a_colleague():
    accepted = turns.accept(incoming())
    li = staff("li")
    services.take(accepted.conversation_id, staff=li, now=NOW)
    chief = StaffMember.objects.create_user("chief", role=Role.SUPERVISOR)
    services.take(accepted.conversation_id, staff=chief, now=NOW)
    assert Conversation.objects.get().holder == chief
    assert AuditEntry.objects.filter(action="conversation.taken_over").get().details == {
        "from": "li"
    }


def test_the_hold_of_one_who_left_keeps_nobody_out():
    accepted = turns.accept(incoming())
    li, wang = staff("li"), staff("wang")
    services.take(accepted.conversation_id, staff=li, now=NOW)
    li.is_active = False
    li.save()
    services.give_back(accepted.conversation_id, staff=wang, now=NOW)
    assert Conversation.objects.get().holder is None


def test_a_person_who_spoke_last_to_a_holder_is_seen_waiting():
    accepted = turns.accept(incoming())
    li = staff("li")
    services.take(accepted.conversation_id, staff=li, now=NOW)
    assert services.unheard().get().waiting_since == NOW
    services.reply_as_staff(accepted.conversation_id, staff=li, text="好", key="k", now=NOW)
    assert not services.unheard().exists()
    turns.accept(incoming(message_id="m2"))
    assert services.unheard().get().holder == li


def test_the_version_changes_whenever_the_transcript_does():
    turn = begun()
    seen = {reading.version(turn.conversation_id)}
    turns.finish(turn, [Reply("一")], now=NOW)
    seen.add(reading.version(turn.conversation_id))
    services.take(turn.conversation_id, staff=staff(), now=NOW)
    seen.add(reading.version(turn.conversation_id))
    turns.accept(incoming(message_id="m2"))
    seen.add(reading.version(turn.conversation_id))
    assert len(seen) == 4


def test_asking_for_staff_waits_once_and_again_only_with_a_new_message():
    accepted = turns.accept(incoming())
    key = {"reason": "要人工", "now": NOW}
    services.request_staff(accepted.conversation_id, key="m1", **key)
    services.request_staff(accepted.conversation_id, key="m1", **key)
    services.request_staff(accepted.conversation_id, key="m2", **key)
    assert StaffRequest.objects.count() == 1
    member = staff()
    services.take(accepted.conversation_id, staff=member, now=NOW)
    services.give_back(accepted.conversation_id, staff=member, now=NOW)
    services.request_staff(accepted.conversation_id, key="m1", **key)
    assert not services.waiting().exists()
    services.request_staff(accepted.conversation_id, key="m3", **key)
    assert services.waiting().get().id == accepted.conversation_id


def test_a_notice_is_said_once_per_key():
    accepted = turns.accept(incoming())
    for _ in range(2):
        services.notify(accepted.conversation_id, text="工单已办结", key="BZ1:close", now=NOW)
    assert said(accepted.conversation_id) == [("person", "你好"), ("system", "工单已办结")]


def test_the_transcript_goes_on_after_a_given_line():
    turn = begun()
    turns.finish(turn, [Reply("一"), Reply("二")], now=NOW)
    lines = reading.transcript(turn.conversation_id, after=2)
    assert [(line.seq, line.text) for line in lines] == [(3, "二")]


def test_an_unknown_conversation_is_said_to_be_unknown():
    with pytest.raises(ConversationNotFound):
        reading.transcript(uuid.uuid4())
    with pytest.raises(ConversationNotFound):
        services.notify(uuid.uuid4(), text="好", key="k", now=NOW)


def test_the_store_itself_refuses_wrong_states():
    turn = begun()
    row = InboundMessage.objects.filter(id=turn.inbound_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state="answered")
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboundMessage.objects.create(
            conversation_id=turn.conversation_id,
            key="k",
            seq=9,
            author="staff",
            text="谁说的",
            created_at=NOW,
        )
