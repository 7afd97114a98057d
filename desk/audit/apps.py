"""The app's entry in Django's registry."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "desk.audit"
    verbose_name = "审计"
