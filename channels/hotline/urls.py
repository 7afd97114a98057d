from django.urls import path

from channels.hotline import views

app_name = "hotline"
urlpatterns = [path("webhooks/hotline", views.webhook, name="webhook")]
