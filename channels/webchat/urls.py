from django.urls import path

from channels.webchat import views

app_name = "webchat"
urlpatterns = [
    path("", views.page, name="page"),
    path("api/chat/sessions", views.sessions, name="sessions"),
    path("api/chat/messages", views.messages, name="messages"),
    path("api/chat/stream", views.stream, name="stream"),
]
