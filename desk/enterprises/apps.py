"""The app's entry in Django's registry."""

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "desk.enterprises"
    verbose_name = "企业"
