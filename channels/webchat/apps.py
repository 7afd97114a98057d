from django.apps import AppConfig


class WebchatConfig(AppConfig):
    name = "channels.webchat"
    label = "webchat"
    verbose_name = "网页聊天"
