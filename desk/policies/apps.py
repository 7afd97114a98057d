"""The app's entry in Django's registry."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "desk.policies"
    verbose_name = "政策库"
