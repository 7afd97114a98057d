"""Addresses of the console."""

from django.urls import path

from desk.console import (
    audit_views,
    canned_views,
    deliveries,
    live_views,
    rules_views,
    session,
    staff_views,
    talk_views,
    ticket_views,
    views,
)
from desk.console.session import SignIn, SignOut

TALK = "conversations/<uuid:conversation_id>/"

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
    path(TALK, talk_views.conversation, name="conversation"),
    path(f"{TALK}transcript/", talk_views.transcript, name="transcript"),
    path(f"{TALK}older/", talk_views.older, name="older"),
    path(f"{TALK}take/", talk_views.take, name="take"),
    path(f"{TALK}give-back/", talk_views.give_back, name="give-back"),
    path(f"{TALK}reply/", talk_views.reply, name="conversation-reply"),
    path(f"{TALK}attach/", talk_views.attach, name="attach"),
    path(f"{TALK}note/", talk_views.note, name="conversation-note"),
    path(f"{TALK}pass/", talk_views.passing, name="pass"),
    path(f"{TALK}pass/on/", talk_views.hand_over, name="pass-on"),
    path(f"{TALK}typing/", talk_views.typing, name="typing"),
    path(f"{TALK}files/<uuid:attachment_id>/", talk_views.file, name="file"),
    path("canned/", canned_views.listing, name="canned"),
    path("canned/new/", canned_views.new, name="canned-new"),
    path("canned/<int:canned_id>/", canned_views.one, name="canned-one"),
    path("canned/<int:canned_id>/remove/", canned_views.remove, name="canned-remove"),
    path("live/", live_views.live, name="live"),
    path("counts/", live_views.counts, name="counts"),
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
