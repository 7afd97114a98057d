"""`/metrics` for Prometheus: counted in the database, so the figures are the same whichever process
is asked and survive restarts."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from channels.doors import troubles
from desk.conversations.models import Delivery, InboundMessage, OutboundMessage, StaffRequest
from desk.tickets.models import Ticket


class Counts(Collector):
    """What passed through the desk so far, and what waits."""

    def collect(self) -> Iterable[Metric]:
        now = timezone.now()
        received = CounterMetricFamily(
            "peipao_messages_in", "Messages people sent.", labels=["channel"]
        )
        by_channel = InboundMessage.objects.values_list("identity__channel")
        for channel, count in by_channel.annotate(count=Count("id")):
            received.add_metric([channel], count)
        yield received

        turns = CounterMetricFamily("peipao_turns", "Settled messages.", labels=["outcome"])
        settled = InboundMessage.objects.exclude(state=InboundMessage.State.RECEIVED)
        for state, count in settled.values_list("state").annotate(count=Count("id")):
            turns.add_metric([state], count)
        yield turns

        said = CounterMetricFamily("peipao_replies_out", "Messages we said.", labels=["author"])
        for author, count in OutboundMessage.objects.values_list("author").annotate(
            count=Count("id")
        ):
            said.add_metric([author], count)
        yield said

        sent = GaugeMetricFamily(
            "peipao_deliveries", "Messages to platforms by state.", labels=["channel", "state"]
        )
        by_state = Delivery.objects.values_list("channel", "state").annotate(count=Count("id"))
        for channel, state, count in by_state:
            sent.add_metric([channel, state], count)
        yield sent

        wrong = GaugeMetricFamily(
            "peipao_channel_in_trouble",
            "1 while the platform does not let us push (quota, rights).",
            labels=["channel"],
        )
        for channel, words in troubles().items():
            wrong.add_metric([channel], 1.0 if words else 0.0)
        yield wrong

        undelivered = Delivery.objects.filter(state=Delivery.State.WAITING)
        yield GaugeMetricFamily(
            "peipao_oldest_undelivered_seconds",
            "Age of the message waiting longest to be sent.",
            value=age(undelivered.aggregate(since=Min("created_at"))["since"], now),
        )

        failures = InboundMessage.objects.aggregate(total=Sum("failures"))["total"] or 0
        yield CounterMetricFamily(
            "peipao_turn_failures", "Tries of a turn that failed.", value=failures
        )

        unanswered = InboundMessage.objects.filter(state=InboundMessage.State.RECEIVED)
        oldest = unanswered.aggregate(count=Count("id"), since=Min("received_at"))
        yield GaugeMetricFamily(
            "peipao_messages_unanswered", "Messages waiting for an answer.", value=oldest["count"]
        )
        yield GaugeMetricFamily(
            "peipao_oldest_unanswered_seconds",
            "Age of the message waiting longest.",
            value=age(oldest["since"], now),
        )

        open_requests = StaffRequest.objects.filter(settled_at__isnull=True)
        waiting = open_requests.aggregate(count=Count("id"), since=Min("requested_at"))
        yield GaugeMetricFamily(
            "peipao_people_waiting", "Conversations waiting for staff.", value=waiting["count"]
        )
        yield GaugeMetricFamily(
            "peipao_oldest_waiting_seconds",
            "Age of the longest wait for staff.",
            value=age(waiting["since"], now),
        )

        tickets = GaugeMetricFamily("peipao_tickets", "Tickets by state.", labels=["state"])
        for state, count in Ticket.objects.values_list("state").annotate(count=Count("id")):
            tickets.add_metric([state], count)
        yield tickets


def age(since: datetime | None, now: datetime) -> float:
    """Seconds from `since` to `now`; 0 when nothing waits."""
    return (now - since).total_seconds() if since else 0.0


def scrape(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(Counts())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
