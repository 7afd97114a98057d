"""Binding in words, without the dialogue: 绑定企业, 绑定 CODE, 绑定 CREDIT_CODE PHONE, 解绑."""

import re

from channels import sms
from desk.conversations import services
from desk.conversations.models import Contact, Conversation
from desk.conversations.values import Accepted, IncomingMessage
from desk.enterprises import binding
from desk.enterprises.binding import PHONE_CODE_AGE, PHONE_DIGITS, STAFF_DIGITS
from desk.errors import DeskError
from knowledge_base.text import fold, valid_credit_code

HELP = re.compile(r"绑定(?:企业|公司|帮助)?[。?!？！]?")
CODE = re.compile(rf"绑定\s*[::]?\s*(\d{{{STAFF_DIGITS}}}|\d{{{PHONE_DIGITS}}})")
BY_PHONE = re.compile(r"绑定\s*[::]?\s*([0-9A-Za-z]{18})[\s,，、]+(1[3-9]\d{9})")
UNBIND = re.compile(r"(?:解绑|解除绑定|取消绑定)(?:企业|公司)?[。!！]?")

CONSENT_TEXT = (
    "绑定企业后，工作人员看得到是哪家企业来问，会按企业的情况答复和办理；"
    "您问能享受什么政策时，登记过的企业类型、行业和区县不再问您。"
    "我们只记录您和这家企业的对应关系，随时说“解绑”就能取消。按下面的办法绑定，就是同意这样使用。"
)
BY_STAFF = f"向工作人员要{STAFF_DIGITS}位绑定码，回复：绑定 12345678"
BY_SMS = "回复：绑定 统一社会信用代码 登记手机号，再回复短信里的验证码"
SMS_SENT = (
    "如果信息和登记的一致，验证码已经发到该手机，{minutes}分钟内有效。收到后回复：绑定 6位验证码。"
    "没收到，可以找工作人员要绑定码。"
)
SMS_OFF = "这里还不能发短信验证码，请向工作人员要绑定码：说“转人工”就行。"
BAD_CREDIT_CODE = (
    "统一社会信用代码好像不对：应当是营业执照上的18位。请核对后再发一次，或者说“转人工”。"
)
SMS_TEXT = (
    "【营商陪跑员】验证码{code}，{minutes}分钟内有效，用于把微信与企业绑定。不是您本人操作请忽略。"
)


def meant(text: str) -> bool:
    """Whether `text` is about binding, in one of the forms we told."""
    words = fold(text)
    return any(form.fullmatch(words) for form in (HELP, CODE, BY_PHONE, UNBIND))


def for_staff(text: str) -> str:
    """What staff read of it: no code, no telephone number."""
    return "要求解绑企业" if UNBIND.fullmatch(fold(text)) else "绑定企业"


def carry_out(message: IncomingMessage, accepted: Accepted) -> None:
    """Does what the stored `message` asks for and says so; the same message again does nothing."""
    conversation = Conversation.objects.select_related("identity__contact").get(
        pk=accepted.conversation_id
    )
    key = f"binding:{accepted.inbound_id}"
    if conversation.outbound.filter(key=f"notice:{key}").exists():
        return
    text = answer(message, conversation.identity.contact)
    services.notify(conversation.pk, text=text, key=key, now=message.received_at)


def answer(message: IncomingMessage, contact: Contact) -> str:
    """Does it; what is said about it."""
    words = fold(message.text)
    now = message.received_at
    try:
        if found := CODE.fullmatch(words):
            name = binding.bind(contact, code=found[1], now=now).enterprise.name
            return f"绑定好了，您现在代表“{name}”。想取消，随时说“解绑”。"
        if found := BY_PHONE.fullmatch(words):
            return ask_by_phone(contact, found[1].upper(), found[2], message)
        if UNBIND.fullmatch(words):
            names = binding.unbind(contact, now=now)
            return f"已经解绑：{'、'.join(names)}。需要时可以重新绑定。"
    except DeskError as refusal:
        return refusal.message
    return help_text()


def ask_by_phone(contact: Contact, credit_code: str, phone: str, message: IncomingMessage) -> str:
    """Sends a code if the two belong together; the answer is the same if they do not."""
    if not valid_credit_code(credit_code):
        return BAD_CREDIT_CODE
    if not sms.is_on():
        return SMS_OFF
    minutes = int(PHONE_CODE_AGE.total_seconds() // 60)
    made = binding.request_phone_code(
        contact, credit_code=credit_code, phone=phone, now=message.received_at
    )
    if made is not None:
        sms.send(made.phone, SMS_TEXT.format(code=made.code, minutes=minutes))
    return SMS_SENT.format(minutes=minutes)


def help_text() -> str:
    """How it is done, and what it means."""
    ways = [BY_STAFF, BY_SMS] if sms.is_on() else [BY_STAFF]
    lines = [f"{place}. {way}" for place, way in enumerate(ways, 1)]
    return "\n".join([CONSENT_TEXT, "", *lines, "", "有疑问就说“转人工”。"])
