"""The app's entry in Django's registry."""

from django.apps import AppConfig


class WorktimeConfig(AppConfig):
    name = "desk.worktime"
    verbose_name = "工作时间"
