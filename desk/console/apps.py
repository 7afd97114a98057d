"""The app's entry in Django's registry."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "desk.console"
    verbose_name = "工作台"
