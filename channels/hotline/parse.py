"""Reads jambonz's calls; raises BadRequest for what is none."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from channels.http import read_object
from channels.messages import BadRequest
from desk.conversations.models import Channel, Kind
from desk.conversations.values import IncomingMessage, Reply
from knowledge_base.text import clean

CALL_SID = re.compile(r"[A-Za-z0-9_-]{1,48}")
NUMBER = re.compile(r"\+?\d{3,20}")
CLEAR = 0.4  # below this confidence we would answer what was not said
PERSON = "0"
MOST_TURNS = 500

ENDED = frozenset({"completed", "failed", "busy", "no-answer"})
NOT_UNDERSTOOD = Reply("抱歉，刚才没听清。请再说一遍，或者按零找工作人员。")
TO_STAFF = Reply("好的，已经通知工作人员，他们会尽快给您回电话。还有别的事，您可以接着说。")


@dataclass(frozen=True, slots=True)
class Hook:
    """One call of jambonz: which call it is, what was heard, and where in the talk we are.

    `turn` counts the caller's turns from 1; 0: the call begins. `waiting`: the turn whose answer is
    still looked for, 0 if none. `silent`: how often in a row nothing was heard.
    """

    call_sid: str
    caller: str
    called: str
    turn: int
    waiting: int
    silent: int
    heard: str
    confidence: float
    digits: str
    ended: bool
    dialed: bool

    @property
    def sender(self) -> str:
        """The caller's number; a hidden one is known for this call alone."""
        return self.caller if NUMBER.fullmatch(self.caller) else f"call:{self.call_sid}"

    @property
    def wants_person(self) -> bool:
        return self.digits == PERSON

    @property
    def nothing_heard(self) -> bool:
        return not (self.heard or self.digits)

    def key(self, turn: int) -> tuple[str, str, str, str]:
        """The identity and id of the message the caller's `turn` brought."""
        return Channel.HOTLINE.value, self.called, self.sender, f"{self.call_sid}:{turn}"


def read_hook(request: HttpRequest) -> Hook:
    """The hook in a POST to `/webhooks/hotline`."""
    body = read_object(request)
    call_sid = body.get("call_sid")
    if not isinstance(call_sid, str) or not CALL_SID.fullmatch(call_sid):
        raise BadRequest("bad_call", "缺少 call_sid。")
    heard, confidence = read_speech(body.get("speech"))
    return Hook(
        call_sid=call_sid,
        caller=read_number(body.get("from")),
        called=read_number(body.get("to")) or "hotline",
        turn=read_count(request, "turn"),
        waiting=read_count(request, "waiting"),
        silent=read_count(request, "silent"),
        heard=heard,
        confidence=confidence,
        digits=re.sub(r"[^\d*#]", "", str(body.get("digits") or ""))[:32],
        ended=str(body.get("call_status", "")) in ENDED,
        dialed="dialed" in request.GET,
    )


def read_number(value: object) -> str:
    text = re.sub(r"[^\d+]", "", value) if isinstance(value, str) else ""
    return text[:21]


def read_count(request: HttpRequest, name: str) -> int:
    """A small number of our own in the hook's address."""
    value = request.GET.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > MOST_TURNS:
        raise BadRequest("bad_turn", f"{name} 应当是一个小的数字。")
    return int(value)


def read_speech(speech: object) -> tuple[str, float]:
    """What was recognised best, and how surely; empty when nothing was."""
    alternatives = speech.get("alternatives") if isinstance(speech, dict) else None
    if not isinstance(alternatives, list) or not alternatives:
        return "", 0.0
    best: Any = alternatives[0]
    if not isinstance(best, dict) or not isinstance(best.get("transcript"), str):
        return "", 0.0
    confidence = best.get("confidence")
    sure = float(confidence) if isinstance(confidence, int | float) else 1.0
    return clean(best["transcript"]), sure


def message_of(hook: Hook, *, now: datetime) -> IncomingMessage:
    """The message the hook brings; 0, the call's begin and what was not understood are events."""
    channel, account, sender, message_id = hook.key(hook.turn)
    plain = IncomingMessage(
        channel=channel,
        account=account,
        sender=sender,
        message_id=message_id,
        text=hook.digits or hook.heard,
        received_at=now,
        kind=(Kind.TEXT if hook.digits else Kind.VOICE).value,
        media={"call_sid": hook.call_sid, "confidence": hook.confidence},
    )
    event = replace(plain, kind=Kind.EVENT.value)
    if hook.ended:
        return replace(event, message_id=f"{hook.call_sid}:end", text="通话结束", reopens=False)
    if hook.turn == 0:
        return replace(event, text="来电")
    if hook.wants_person:
        return replace(event, text="按0找工作人员", reply=TO_STAFF)
    if not hook.digits and hook.confidence < CLEAR:
        return replace(event, text=f"没听清：{hook.heard}", reply=NOT_UNDERSTOOD)
    return plain
