"""What `/metrics` counts of deliveries."""

import pytest
from django.test import Client
from django.utils import timezone

from desk.conversations import deliveries, turns
from desk.conversations.values import IncomingMessage, Reply


@pytest.mark.django_db
def test_deliveries_are_counted_by_channel_and_state():
    now = timezone.now()
    for sender in ("a", "b"):
        accepted = turns.accept(IncomingMessage("telegram", "bot", sender, "m", "你好", now))
        turn = turns.begin(accepted.conversation_id, owner="web", now=now)
        turns.finish(turn, [Reply("好")], now=now)
    outgoing = deliveries.claim(accepted.conversation_id, owner="web", now=now)
    deliveries.failed(outgoing, code="blocked", error="x", now=now, final=True)
    text = Client().get("/metrics").content.decode()
    assert 'peipao_deliveries{channel="telegram",state="dead"} 1.0' in text
    assert 'peipao_deliveries{channel="telegram",state="waiting"} 1.0' in text
    assert "peipao_oldest_undelivered_seconds" in text
