from django.urls import path

from channels.webchat import files, views

app_name = "webchat"
urlpatterns = [
    path("", views.page, name="page"),
    path("api/chat/sessions", views.sessions, name="sessions"),
    path("api/chat/messages", views.messages, name="messages"),
    path("api/chat/stream", views.stream, name="stream"),
    path("api/chat/typing", views.typing, name="typing"),
    path("api/chat/files", files.upload, name="upload"),
    path("api/chat/files/<uuid:attachment_id>", files.download, name="download"),
]
