from django.urls import path

from channels.telegram import views

app_name = "telegram"
urlpatterns = [path("webhooks/telegram", views.webhook, name="webhook")]
