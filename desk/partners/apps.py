"""The app's entry in Django's registry."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "desk.partners"
    verbose_name = "接口伙伴"
