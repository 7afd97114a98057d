"""Addresses of the console."""

from django.urls import path

from desk.console import (
    audit_views,
    deliveries,
    rules_views,
    session,
    staff_views,
    ticket_views,
    views,
)
from desk.console.session import SignIn, SignOut

app_name = "console"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("waiting/", views.waiting, name="waiting"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("tickets/<str:number>/", ticket_views.ticket, name="ticket"),
    path("tickets/<str:number>/reply/", ticket_views.ticket_reply, name="ticket-reply"),
    path("tickets/<str:number>/note/", ticket_views.note, name="note"),
    path("tickets/<str:number>/move/<str:name>/", ticket_views.move, name="move"),
    path("notices/<int:notice_id>/seen/", ticket_views.see, name="notice-seen"),
    path("follow-ups/<int:task_id>/done/", ticket_views.finish, name="follow-up-done"),
    path("rules/", rules_views.rules, name="rules"),
    path("rules/level/", rules_views.set_level, name="level-set"),
    path("rules/routing/", rules_views.set_rule, name="rule-set"),
    path("rules/routing/drop/", rules_views.drop_rule, name="rule-drop"),
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
