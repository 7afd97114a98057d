from django.apps import AppConfig


class TelegramConfig(AppConfig):
    name = "channels.telegram"
    label = "telegram"
    verbose_name = "Telegram"
