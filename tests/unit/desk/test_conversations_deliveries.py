"""What we said, on its way to the person's platform."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations import dead_letters, deliveries, reading, services, turns
from desk.conversations.errors import DeliveryNotFound, DeliveryNotStuck
from desk.conversations.models import Conversation, Delivery, OutboundMessage
from desk.conversations.values import IncomingMessage, Receipt, Reply
from desk.errors import NotPermitted

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LATER = NOW + timedelta(hours=1)
BY_BOT = Receipt("bot_api", platform_message_id="77")


def incoming(message_id="m1", channel="telegram", **more):
    return IncomingMessage(channel, "bot", "visitor", message_id, "你好", NOW, **more)


def answered(*texts, message_id="m1", channel="telegram"):
    """A conversation in which the bot said `texts`."""
    accepted = turns.accept(incoming(message_id, channel))
    turn = turns.begin(accepted.conversation_id, owner="web:1", now=NOW)
    turns.finish(turn, [Reply(text) for text in texts], now=NOW)
    return accepted.conversation_id


def claim(conversation_id, *, owner="web:1", now=NOW, **more):
    return deliveries.claim(conversation_id, owner=owner, now=now, **more)


def texts(outgoing):
    return [said.text for said in outgoing.messages]


def states():
    return list(Delivery.objects.order_by("seq").values_list("state", flat=True))


@pytest.fixture
def chief():
    return StaffMember.objects.create_user("chief", role=Role.SUPERVISOR)


def test_everything_said_on_a_pushed_channel_has_its_delivery():
    conversation = answered("一", "二")
    services.notify(conversation, text="工单已办结", key="k", now=NOW)
    member = StaffMember.objects.create_user("li")
    services.reply_as_staff(conversation, staff=member, text="我在", key="k", now=NOW)
    assert OutboundMessage.objects.filter(delivery__isnull=True).count() == 0
    assert states() == ["waiting"] * 4


def test_the_web_page_pulls_so_nothing_is_delivered():
    answered("一", channel="web")
    assert not Delivery.objects.exists()


def test_what_is_claimed_is_claimed_once_and_in_order():
    conversation = answered("一", "二")
    first = claim(conversation)
    assert texts(first) == ["一"]
    assert (first.channel, first.account, first.recipient) == ("telegram", "bot", "visitor")
    assert claim(conversation, owner="worker:2") is None
    assert deliveries.sent(first, BY_BOT, now=NOW)
    assert texts(claim(conversation, owner="worker:2")) == ["二"]


def test_a_claim_of_several_takes_them_in_their_order_and_they_share_one_fate():
    conversation = answered("一", "二", "三")
    outgoing = claim(conversation, most=2)
    assert texts(outgoing) == ["一", "二"]
    deliveries.sent(outgoing, BY_BOT, now=NOW)
    assert states() == ["sent", "sent", "waiting"]


def test_a_dead_process_s_claim_runs_out():
    conversation = answered("一")
    lost = claim(conversation)
    late = NOW + deliveries.LEASE
    again = claim(conversation, owner="worker:2", now=late)
    assert texts(again) == ["一"]
    assert not deliveries.sent(lost, BY_BOT, now=late), "it is another's now"
    assert states() == ["waiting"]
    assert deliveries.sent(again, BY_BOT, now=late)


def test_what_the_platform_cannot_have_taken_is_due_again_at_once():
    conversation = answered("一")
    outgoing = claim(conversation)
    assert not deliveries.sent(outgoing, BY_BOT, now=NOW, unless=lambda: True)
    assert states() == ["waiting"]
    assert texts(claim(conversation, owner="worker:2")) == ["一"]


def test_a_failure_is_tried_again_later_and_later_and_nothing_overtakes_it():
    conversation = answered("一", "二")
    before = timedelta()
    now = NOW
    for _ in range(4):
        outgoing = claim(conversation, now=now)
        assert texts(outgoing) == ["一"]
        assert not deliveries.failed(outgoing, code="unreachable", error="timeout", now=now)
        row = Delivery.objects.get(pk=outgoing.messages[0].delivery_id)
        waits = row.next_try_at - now
        assert waits > before
        assert claim(conversation, now=now) is None
        before, now = waits, row.next_try_at
    assert (row.error_code, row.last_error) == ("unreachable", "timeout")


def test_what_was_tried_too_often_is_dead_and_lets_the_next_pass():
    conversation = answered("一", "二")
    now = NOW
    for number in range(deliveries.MOST_TRIES):
        outgoing = claim(conversation, now=now)
        dead = deliveries.failed(outgoing, code="unreachable", error="timeout", now=now)
        assert dead == (number == deliveries.MOST_TRIES - 1)
        now += deliveries.LONGEST_PAUSE * 2
    assert texts(claim(conversation, now=now)) == ["二"]


def test_a_final_refusal_is_dead_at_once():
    outgoing = claim(answered("一"))
    assert deliveries.failed(outgoing, code="blocked", error="Forbidden", now=NOW, final=True)
    assert states() == ["dead"]


def test_the_platform_s_own_wish_for_a_pause_is_kept():
    outgoing = claim(answered("一"))
    deliveries.failed(
        outgoing, code="busy", error="429", now=NOW, retry_after=timedelta(seconds=90)
    )
    assert Delivery.objects.get().next_try_at == NOW + timedelta(seconds=90)


def test_pauses_grow_up_to_their_limit_and_never_quite_alike():
    first = {deliveries.pause(1) for _ in range(20)}
    assert len(first) > 1
    assert timedelta(seconds=0.8) <= min(first) <= max(first) <= timedelta(seconds=1.2)
    assert deliveries.pause(500) <= deliveries.LONGEST_PAUSE * 1.2


def test_what_is_kept_waits_until_the_person_writes_and_then_goes_first():
    conversation = answered("一")
    deliveries.keep(claim(conversation), reason="超过48小时", now=NOW)
    assert states() == ["kept"]
    assert deliveries.due(LATER, channels=["telegram"]) == []
    turns.accept(incoming("left", kind="event", reopens=False))
    assert states() == ["kept"]
    answered("二", message_id="m2")
    assert states() == ["waiting", "waiting"]
    assert texts(claim(conversation, most=5)) == ["一", "二"]


def test_due_names_each_conversation_once_longest_waiting_first_and_only_these_channels():
    old = answered("一", "二")
    assert [one.conversation_id for one in deliveries.due(NOW, channels=["telegram"])] == [old]
    assert deliveries.due(NOW, channels=["wechat"]) == []
    assert deliveries.due(NOW - timedelta(seconds=1), channels=["telegram"]) == []
    claim(old)
    assert deliveries.due(NOW, channels=["telegram"]) == []


def test_an_open_request_is_the_only_one_to_deliver_until_its_time_is_over():
    accepted = turns.accept(incoming(), hold=timedelta(seconds=4))
    turn = turns.begin(accepted.conversation_id, owner="web:1", now=NOW)
    turns.finish(turn, [Reply("一")], now=NOW)
    assert claim(accepted.conversation_id) is None
    assert deliveries.due(NOW, channels=["telegram"]) == []
    outgoing = claim(accepted.conversation_id, carrier=accepted.inbound_id)
    deliveries.sent(outgoing, Receipt("passive"), now=NOW)
    assert texts(deliveries.again(accepted.inbound_id)) == ["一"]


def test_while_a_request_is_open_others_do_not_even_touch_what_it_is_to_carry(
    django_assert_num_queries,
):
    """What they locked, if only to leave it alone, the request would skip and go back empty."""
    accepted = turns.accept(incoming(), hold=timedelta(seconds=4))
    member = StaffMember.objects.create_user("li")
    services.reply_as_staff(accepted.conversation_id, staff=member, text="我在", key="k", now=NOW)
    with django_assert_num_queries(3) as queries:
        assert claim(accepted.conversation_id) is None
    assert not any("delivery" in query["sql"] for query in queries.captured_queries)
    assert texts(claim(accepted.conversation_id, carrier=accepted.inbound_id)) == ["我在"]


def test_a_request_opened_while_another_claims_still_carries_it(monkeypatch):
    conversation = answered("一")
    held_open = deliveries._held_open
    looks = []

    def opened_between(seen, now):
        looks.append(held_open(seen, now))
        Conversation.objects.update(open_until=NOW + timedelta(seconds=4))
        return looks[-1]

    monkeypatch.setattr(deliveries, "_held_open", opened_between)
    assert claim(conversation) is None
    assert looks == [False, True]
    assert Delivery.objects.get().lease_until is None


def test_after_its_time_what_the_open_request_did_not_carry_is_pushed():
    accepted = turns.accept(incoming(), hold=timedelta(seconds=4))
    turn = turns.begin(accepted.conversation_id, owner="web:1", now=NOW)
    turns.finish(turn, [Reply("一")], now=NOW)
    assert deliveries.again(accepted.inbound_id) is None
    late = NOW + timedelta(seconds=4)
    assert [one.channel for one in deliveries.due(late, channels=["telegram"])] == ["telegram"]
    assert texts(claim(accepted.conversation_id, now=late)) == ["一"]


def test_what_was_carried_in_part_goes_on_after_it_with_the_same_messages():
    conversation = answered("一", "二")
    outgoing = claim(conversation, most=2)
    receipt = Receipt("passive", parts=("p1",), whole=False)
    deliveries.sent(outgoing, receipt, now=NOW)
    services.notify(conversation, text="三", key="k", now=NOW)
    rest = claim(conversation, most=9)
    assert texts(rest) == ["一", "二"]
    assert rest.parts == ("p1",)


def test_parts_the_platform_took_before_it_failed_are_remembered():
    conversation = answered("一")
    deliveries.failed(claim(conversation), code="busy", error="429", now=NOW, parts=("p1", "p2"))
    assert claim(conversation, now=LATER).parts == ("p1", "p2")


def test_parts_that_went_out_before_the_window_closed_are_remembered():
    conversation = answered("一")
    deliveries.keep(claim(conversation), reason="窗口已关", parts=("p1",), now=NOW)
    answered("二", message_id="m2")
    again = claim(conversation, most=9)
    assert (texts(again), again.parts) == (["一"], ("p1",))


def test_a_released_claim_is_no_try():
    conversation = answered("一")
    deliveries.release(claim(conversation), now=NOW)
    assert claim(conversation).tries == 0


def test_staff_retry_what_is_dead_with_an_audit_row(chief):
    conversation = answered("一")
    deliveries.failed(claim(conversation), code="blocked", error="x", now=NOW, final=True)
    row = dead_letters.stuck(chief).get()
    dead_letters.retry(row.pk, staff=chief, now=NOW)
    assert texts(claim(conversation)) == ["一"]
    entry = AuditEntry.objects.get(action="delivery.retried")
    assert (entry.actor, entry.details["was"], entry.details["code"]) == (chief, "dead", "blocked")


def test_staff_drop_what_is_kept_and_it_never_goes_out(chief):
    conversation = answered("一")
    deliveries.keep(claim(conversation), reason="窗口已关", now=NOW)
    dead_letters.drop(dead_letters.stuck(chief).get().pk, staff=chief, now=NOW)
    answered("二", message_id="m2")
    assert texts(claim(conversation, most=9)) == ["二"]
    assert AuditEntry.objects.filter(action="delivery.dropped").exists()


def test_what_was_sent_cannot_be_sent_again_by_hand(chief):
    conversation = answered("一")
    outgoing = claim(conversation)
    deliveries.sent(outgoing, BY_BOT, now=NOW)
    with pytest.raises(DeliveryNotStuck):
        dead_letters.retry(outgoing.messages[0].delivery_id, staff=chief, now=NOW)
    with pytest.raises(DeliveryNotFound):
        dead_letters.drop(10**9, staff=chief, now=NOW)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HANDLER, Role.HEAD])
def test_others_neither_see_nor_decide(role, market):
    conversation = answered("一")
    deliveries.failed(claim(conversation), code="blocked", error="x", now=NOW, final=True)
    member = StaffMember.objects.create_user("li", role=role, department=market)
    pk = Delivery.objects.get().pk
    for forbidden in (
        lambda: dead_letters.stuck(member),
        lambda: dead_letters.retry(pk, staff=member, now=NOW),
        lambda: dead_letters.drop(pk, staff=member, now=NOW),
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    assert states() == ["dead"]


def test_the_transcript_tells_how_each_message_fared():
    conversation = answered("一", "二")
    deliveries.sent(claim(conversation), BY_BOT, now=NOW)
    seen = reading.version(conversation)
    deliveries.keep(claim(conversation), reason="超过48小时", now=NOW)
    assert reading.version(conversation) != seen
    ours = reading.transcript(conversation)[1:]
    assert [(line.state, line.way, line.reason) for line in ours] == [
        ("sent", "bot_api", ""),
        ("kept", "", "超过48小时"),
    ]


def test_what_counts_against_a_window_is_counted_by_what_the_platform_took():
    conversation = answered("一", "二", "三")
    merged = claim(conversation, most=2)
    deliveries.sent(merged, Receipt("customer_service", platform_message_id="1"), now=NOW)
    deliveries.sent(claim(conversation), Receipt("passive", platform_message_id="2"), now=NOW)
    assert deliveries.sent_since(conversation, NOW, ways=["customer_service"]) == 1
    assert deliveries.sent_since(conversation, LATER, ways=["customer_service"]) == 0


def test_the_store_itself_refuses_a_sent_message_without_its_time():
    answered("一")
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(state="sent")
