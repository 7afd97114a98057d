"""Addresses of the console."""

from django.urls import path

from desk.console import audit_views, deliveries, session, staff_views, views
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
    path("session/", session.left, name="left"),
    path("session/stay/", session.stay, name="stay"),
    path("password/", session.password, name="password"),
    path("staff/", staff_views.listing, name="staff"),
    path("staff/new/", staff_views.new, name="staff-new"),
    path("staff/<int:staff_id>/", staff_views.one, name="staff-one"),
    path("staff/<int:staff_id>/active/", staff_views.set_active, name="staff-active"),
    path("staff/<int:staff_id>/reset/", staff_views.reset, name="staff-reset"),
    path("audit/", audit_views.listing, name="audit"),
    # Ends in a slash, so that an address without one is still sent to the one with.
    path("<path:rest>/", views.missing, name="missing"),
]
