"""The app's entry in Django's registry."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "desk.accounts"
    verbose_name = "账号与部门"
