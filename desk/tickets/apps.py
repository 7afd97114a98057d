"""The app's entry in Django's registry."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "desk.tickets"
    verbose_name = "工单"
