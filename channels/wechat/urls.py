from django.urls import path

from channels.wechat import views

app_name = "wechat"
urlpatterns = [path("webhooks/wechat", views.webhook, name="webhook")]
