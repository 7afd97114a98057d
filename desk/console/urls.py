"""Addresses of the console."""

from django.urls import path

from desk.console import deliveries, views
from desk.console.session import SignIn, SignOut

app_name = "console"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("waiting/", views.waiting, name="waiting"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("tickets/<str:number>/", views.ticket, name="ticket"),
    path("tickets/<str:number>/reply/", views.ticket_reply, name="ticket-reply"),
    path("tickets/<str:number>/note/", views.note, name="note"),
    path("tickets/<str:number>/move/<str:name>/", views.move, name="move"),
    path("conversations/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/transcript/", views.transcript, name="transcript"),
    path("conversations/<uuid:conversation_id>/take/", views.take, name="take"),
    path("conversations/<uuid:conversation_id>/give-back/", views.give_back, name="give-back"),
    path("conversations/<uuid:conversation_id>/reply/", views.reply, name="conversation-reply"),
    path("deliveries/", deliveries.undelivered, name="deliveries"),
    path("deliveries/<int:delivery_id>/retry/", deliveries.retry, name="delivery-retry"),
    path("deliveries/<int:delivery_id>/drop/", deliveries.drop, name="delivery-drop"),
    # Ends in a slash, so that an address without one is still sent to the one with.
    path("<path:rest>/", views.missing, name="missing"),
]
