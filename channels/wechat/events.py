"""WeChat's events: what each means to the desk; none is lost, unknown ones are stored as they are.

Consents and followers are kept by people.py, which acts on the stored event.
"""

from dataclasses import replace

from channels.wechat.markup import Fields
from channels.wechat.menu import said_by
from desk.conversations.models import Kind
from desk.conversations.values import IncomingMessage, Reply
from knowledge_base.text import clean

QUICK = [
    {"title": "有哪些惠企政策", "payload": "有哪些惠企政策"},
    {"title": "我要投诉", "payload": "我要投诉"},
    {"title": "转人工", "payload": "转人工"},
]
WELCOME = Reply(
    "您好，我是营商陪跑员。政策怎么享受、事情怎么办、遇到难处找谁，直接打字问我就行；"
    "想找工作人员，说“转人工”。",
    buttons=QUICK,
)
SCANNED = Reply("您好，扫码已收到。想问什么政策、办什么事，直接打字告诉我。", buttons=QUICK)
UNKNOWN_CLICK = Reply("这个菜单我还不认识。您想问什么，直接打字告诉我就行。", buttons=QUICK)

# The platform lets us write after these alone (and after whatever a person sends).
REOPENING = frozenset(
    {"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg", "user_enter_tempsession"}
)
# What people changed about themselves in WeChat: they withdrew their data, closed their account,
# changed their profile.
WITHDRAWN = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
ABOUT_ANOTHER = WITHDRAWN | {"user_info_modified"}
# Kept of every event, where it has them.
KEPT = (
    "EventKey", "Ticket", "Latitude", "Longitude", "Precision", "MsgID", "MsgId", "Status",
    "MenuId", "KfAccount", "FromKfAccount", "ToKfAccount", "CloseType", "RevokeInfo", "OpenID",
    "ScanCodeInfo.ScanType", "ScanCodeInfo.ScanResult",
)  # fmt: skip
DELIVERED = "success"
# What staff read in the transcript; an event that is not here does not show.
TEXTS = {
    "unsubscribe": "取消关注",
    "user_authorization_revoke": "撤回了个人信息授权",
    "user_authorization_cancellation": "注销了微信账号",
    "kf_create_session": "客服会话开始",
    "kf_close_session": "客服会话结束",
    "kf_switch_session": "客服会话转接",
}


def event_message(plain: IncomingMessage, event: str, fields: Fields) -> IncomingMessage:
    """The message that stands for `event`; a menu's words are the person's own."""
    media: dict[str, str] = {"event": event}
    media |= {name: fields.get(name)[:300] for name in KEPT if fields.get(name)}
    if fields.lists:
        media["list"] = "；".join(
            " ".join(value[:80] for value in entry.values()) for entry in fields.lists
        )[:600]
    stored = replace(
        plain,
        kind=Kind.EVENT.value,
        text=TEXTS.get(event, ""),
        media=media,
        reopens=event in REOPENING,
    )
    match event:
        case "subscribe":
            return replace(stored, text=f"关注{scene_of(fields)}", reply=WELCOME)
        case "scan":
            return replace(stored, text=f"扫码{scene_of(fields)}", reply=SCANNED)
        case "click":
            return clicked(stored, fields)
        case "templatesendjobfinish" | "subscribe_msg_sent_event":
            why = "、".join(dict.fromkeys(failures(fields).values()))
            name = "模板消息" if event == "templatesendjobfinish" else "订阅通知"
            return replace(stored, text=f"{name}没有送达：{why}" if why else "")
        case _:
            return stored


def clicked(stored: IncomingMessage, fields: Fields) -> IncomingMessage:
    """A tap on our menu is what the entry says, in the person's own words."""
    key = clean(fields.get("EventKey"))
    words = said_by(key)
    if words:
        return replace(stored, kind=Kind.TEXT.value, text=words)
    return replace(stored, text=f"点了菜单：{key[:60]}", reply=UNKNOWN_CLICK)


def scene_of(fields: Fields) -> str:
    """The scene of a QR code, in brackets; empty when there is none."""
    scene = clean(fields.get("EventKey")).removeprefix("qrscene_")[:60]
    return f"（来自二维码 {scene}）" if scene else ""


def failures(fields: Fields) -> dict[str, str]:
    """The notices that WeChat reports it could not hand over: their id → why."""
    status = clean(fields.get("Status"))[:60]
    failed = {fields.get("MsgID"): status} if status and status.lower() != DELIVERED else {}
    for entry in fields.lists:
        code = entry.get("ErrorCode", "0").strip()
        if code != "0":
            why = clean(entry.get("ErrorStatus", ""))[:40] or code[:12]
            failed[entry.get("MsgID", "").strip()] = why
    return failed
