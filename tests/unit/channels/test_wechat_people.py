"""Menu, followers, consents, binding to a firm, one person over several accounts."""

import asyncio
import hashlib
import json
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels.wechat import binding as words
from channels.wechat import effects, people
from channels.wechat.menu import BadMenu, read_menu
from channels.wechat.models import Consent, Follower
from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations import turns
from desk.conversations.models import Contact, Conversation, Identity, InboundMessage
from desk.conversations.values import IncomingMessage
from desk.enterprises import binding, contacts
from desk.enterprises.models import (
    BindingCode,
    District,
    Enterprise,
    EnterpriseContact,
    RegisteredPhone,
    Scale,
)
from desk.enterprises.services import EnterpriseCard, register
from desk.errors import NotPermitted
from desk.threads import in_thread
from tests.fakes import wechat as fake
from tests.fakes.wechat import Step
from tests.unit.channels.wechat_help import PERSON, captured, turn_on

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "91350100M000100Y43"
OTHER_CODE = "91110000600037341L"


@pytest.fixture
def platform(settings):
    with fake.running_wechat() as running:
        turn_on(settings, running)
        running.person(PERSON)
        yield running


@pytest.fixture
def firm(transactional_db):
    card = EnterpriseCard(
        "巴山茶叶有限公司", CODE, "农业", District.BAZHOU, Scale.SMALL, date(2020, 1, 1)
    )
    return register(card)[0]


@pytest.fixture
def clerk(transactional_db):
    return StaffMember.objects.create_user("li", display_name="李同志", role=Role.OPERATOR)


@pytest.fixture
def write(platform, async_client, rasa):
    post = fake.poster(async_client)

    async def send(text, person=PERSON, xml=None):
        xml = xml or platform.message(person, Content=text)
        await platform.push(post, person, xml)
        return platform.person(person).texts[-1]

    return send


def menu(action):
    out = StringIO()
    call_command("wechat_menu", action, stdout=out)
    return out.getvalue()


# --- The menu ---


def test_the_menu_is_compared_published_and_shown(platform):
    assert menu("show") == "线上还没有菜单。\n"
    assert "+" in menu("diff")
    assert "已发布" in menu("publish")
    assert menu("diff") == "线上的菜单与文件一致。\n"
    shown = json.loads(menu("show"))
    assert [button["name"] for button in shown] == ["查政策", "办事情", "找人"]
    page = shown[0]["sub_button"][2]
    assert page["url"] == "https://chat.example.gov.cn/policies/"


def test_a_menu_with_pages_needs_our_address(platform, settings):
    settings.PUBLIC_URL = ""
    with pytest.raises(CommandError, match="PUBLIC_URL"):
        menu("publish")
    assert platform.menu == {}


def test_a_menu_the_platform_refuses_is_said(platform):
    platform.script.append(Step(40018, path=fake.MENU_CREATE))
    with pytest.raises(CommandError, match="40018"):
        menu("publish")


def test_a_menu_command_without_wechat_says_what_is_missing(settings):
    settings.WECHAT_TOKEN = ""
    with pytest.raises(CommandError, match="WECHAT_TOKEN"):
        menu("show")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a: 1", "1到3个"),
        ("[]", "1到3个"),
        ("[{name: a, says: x}, {name: b, says: x}, {name: c, says: x}, {name: d, says: x}]", "3个"),
        ("- {says: x}", "name"),
        ("- {name: 一二三四五六, says: x}", "太长"),
        ("- {name: a}", "says、path 或 url"),
        ("- {name: a, url: 'javascript:1'}", "says、path 或 url"),
        ("- {name: a, path: policies}", "says、path 或 url"),
        ("- {name: a, entries: []}", "1到5个"),
        ("- {name: a, entries: [{name: b, entries: [{name: c, says: x}]}]}", "两级"),
        (f"- {{name: a, says: {'长' * 60}}}", "太长"),
        ("- [", "读不了"),
    ],
)
def test_a_wrong_menu_is_named(tmp_path, text, wrong):
    file = tmp_path / "menu.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadMenu, match=wrong):
        read_menu(file)


def test_a_menu_file_that_is_not_there_is_named(settings, platform):
    settings.WECHAT_MENU = "/nowhere/menu.yml"
    with pytest.raises(CommandError, match="读不了"):
        menu("diff")


# --- Followers and consents ---


async def follow(platform, async_client, name):
    await platform.push(fake.poster(async_client), PERSON, captured(name))


async def test_following_leaving_and_coming_back_are_known(platform, async_client, rasa):
    await follow(platform, async_client, "subscribe__scene")
    row = await Follower.objects.aget()
    assert (row.follows, row.scene) == (True, "hall_03")
    await follow(platform, async_client, "unsubscribe__plain")
    assert not (await Follower.objects.aget()).follows
    await follow(platform, async_client, "subscribe__search")
    row = await Follower.objects.aget()
    assert row.scene == "hall_03"


async def test_consents_are_counted_once_however_often_the_event_comes(
    platform, async_client, rasa
):
    for _ in range(3):
        await follow(platform, async_client, "subscribe_msg_popup_event__accepted")
    rows = {row.template_id: row async for row in Consent.objects.all()}
    assert (rows["TPL_PROGRESS"].left, rows["TPL_PROGRESS"].refused) == (1, False)
    assert (rows["TPL_POLICY"].left, rows["TPL_POLICY"].refused) == (0, True)
    await follow(platform, async_client, "subscribe_msg_change_event__rejected")
    assert (await Consent.objects.aget(template_id="TPL_PROGRESS")).refused


async def test_who_withdraws_their_data_is_forgotten_as_a_follower(platform, async_client, rasa):
    platform.person(PERSON).union_id = "union-1"
    await follow(platform, async_client, "subscribe__search")
    await follow(platform, async_client, "subscribe_msg_popup_event__accepted")
    await follow(platform, async_client, "user_authorization_revoke__all")
    row = await Follower.objects.aget()
    assert row.revoked_at is not None
    assert row.union_id == ""
    assert not await Consent.objects.filter(left__gt=0).aexists()
    identity = await Identity.objects.aget()
    now = timezone.now()
    assert not await in_thread(
        people.know_union, identity.account, identity.external_id, "union-1", now=now
    )


@pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
async def test_it_is_they_who_are_forgotten_not_the_platform_that_tells(
    platform, async_client, rasa, event
):
    """FromUserName is the platform's own name here; the person stands in OpenID."""
    await follow(platform, async_client, "subscribe__scene")
    name = {"user_authorization_revoke": "all", "user_authorization_cancellation": "closed"}[event]
    await follow(platform, async_client, f"{event}__{name}")
    row = await Follower.objects.select_related("identity").aget()
    assert row.identity.external_id == PERSON
    assert (row.scene, row.revoked_at is None) == ("", False)


# --- One person over several accounts ---


async def settled(condition):
    for _ in range(60):
        if await condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def test_who_followed_before_we_were_connected_is_asked_about_once(platform, write):
    platform.person(PERSON).union_id = "union-1"
    await write("你好")
    assert await settled(Follower.objects.filter(union_id="union-1").aexists)
    await write("还有")
    await write("第三句")
    assert len([path for path, _ in platform.calls if path == fake.USER_INFO]) == 1


async def test_who_has_no_unionid_is_not_asked_about_again(platform, write):
    await write("你好")
    assert await settled(Follower.objects.aexists)
    effects.acquaintances = effects.Acquaintances()  # as another process
    await write("还有")
    await asyncio.sleep(0.3)
    assert len([path for path, _ in platform.calls if path == fake.USER_INFO]) == 1


async def test_a_platform_that_tells_nothing_keeps_nobody_waiting(platform, write, caplog):
    platform.always = Step(-1, path=fake.USER_INFO)
    assert "您说：你好" in await write("你好")
    assert await settled(lambda: asyncio.sleep(0, "who follows us is not told" in caplog.text))
    assert "Traceback" not in caplog.text


def known(account, person, union_id):
    now = timezone.now()
    turns.accept(IncomingMessage("wechat", account, person, "1", "你好", now))
    return people.know_union(account, person, union_id, now=now)


def test_the_same_unionid_is_one_contact_with_both_conversations():
    assert not known("gh_a", "one", "u1")
    assert known("gh_b", "two", "u1")
    assert not known("gh_c", "three", "u2")
    assert not known("gh_b", "two", "u1")
    first, second, third = Identity.objects.order_by("account")
    assert first.contact_id == second.contact_id != third.contact_id
    assert (Contact.objects.count(), Conversation.objects.count()) == (2, 3)
    assert AuditEntry.objects.filter(action="contact.merged").count() == 1


def test_merging_keeps_the_firms_of_both(firm, clerk):
    other = register(
        EnterpriseCard("乙公司", OTHER_CODE, "农业", District.BAZHOU, Scale.SMALL, date(2020, 1, 1))
    )[0]
    one, two = Contact.objects.create(), Contact.objects.create(display_name="王总")
    now = timezone.now()
    for contact, enterprise in ((one, firm), (two, firm), (two, other)):
        code = binding.issue_staff_code(enterprise, staff=clerk, now=now)
        binding.bind(contact, code=code, now=now)
    contacts.merge(one.pk, two.pk, reason="unionid")
    standing = one.enterprise_contacts.filter(ended_at__isnull=True)
    assert {row.enterprise.name for row in standing} == {firm.name, "乙公司"}
    assert Contact.objects.get().display_name == "王总"
    contacts.merge(one.pk, one.pk, reason="unionid")
    assert Contact.objects.count() == 1


# --- Binding ---


def test_another_consent_text_is_another_version():
    """Whose consent is older did not agree to what is new in it: change both, and this."""
    digest = hashlib.sha256(words.CONSENT_TEXT.encode()).hexdigest()[:12]
    assert (binding.CONSENT, digest) == ("2026-11-28", "574510a01942")


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("绑定企业", True),
        ("绑定", True),
        ("绑定 12345678", True),
        ("绑定：123456", True),
        ("绑定 １２３４５６７８", True),
        ("绑定12345678", True),
        (f"绑定 {CODE} 13900001111", True),
        ("解绑", True),
        ("取消绑定。", True),
        ("绑定 1234567", False),
        ("我想绑定企业怎么办理", False),
        ("怎么解绑", False),
        ("12345678", False),
        ("绑定 " + "1" * 4000, False),
    ],
)
def test_only_the_forms_we_told_are_about_binding(text, is_meant):
    assert words.meant(text) == is_meant


async def test_binding_by_a_code_from_staff(write, firm, clerk, rasa):
    now = timezone.now()
    code = await in_thread(binding.issue_staff_code, firm, staff=clerk, now=now)
    assert "同意" in await write("绑定企业")
    assert "巴山茶叶有限公司" in await write(f"绑定 {code}")
    row = await EnterpriseContact.objects.aget()
    assert (row.way, row.consent) == ("staff_code", binding.CONSENT)
    assert not rasa.asked
    # What staff read holds no code.
    stored = [message.text async for message in InboundMessage.objects.order_by("seq")]
    assert stored == ["绑定企业", "绑定企业"]
    assert "已经解绑：巴山茶叶有限公司" in await write("解绑")
    assert "还没有绑定" in await write("解绑")
    assert (await EnterpriseContact.objects.aget()).ended_at is not None
    actions = [entry.action async for entry in AuditEntry.objects.order_by("id")]
    assert actions[-3:] == [
        "binding_code.issued",
        "enterprise_contact.bound",
        "enterprise_contact.unbound",
    ]


async def test_the_platform_s_second_try_binds_nothing_twice(
    platform, async_client, write, firm, clerk
):
    now = timezone.now()
    code = await in_thread(binding.issue_staff_code, firm, staff=clerk, now=now)
    xml = platform.message(PERSON, Content=f"绑定 {code}")
    first, second = await write("", xml=xml), await write("", xml=xml)
    assert first == second
    assert "绑定好了" in first
    assert await EnterpriseContact.objects.acount() == 1


async def test_a_code_binds_one_person_once_and_for_a_while(write, platform, firm, clerk):
    now = timezone.now()
    code = await in_thread(binding.issue_staff_code, firm, staff=clerk, now=now)
    old = await in_thread(binding.issue_staff_code, firm, staff=clerk, now=now - timedelta(days=4))
    assert "不对或已过期" in await write(f"绑定 {old}")
    assert "绑定好了" in await write(f"绑定 {code}")
    assert "不对或已过期" in await write(f"绑定 {code}", person="somebody-else")
    assert "不对或已过期" in await write("绑定 00000000")


async def test_guessing_ends_after_five(write, firm):
    for number in range(5):
        assert "不对" in await write(f"绑定 1234567{number}")
    assert "次数太多" in await write("绑定 12345679")


def test_who_left_issues_no_codes(firm, clerk):
    clerk.is_active = False
    with pytest.raises(NotPermitted):
        binding.issue_staff_code(firm, staff=clerk, now=timezone.now())


def test_no_code_is_kept_in_clear(firm, clerk):
    code = binding.issue_staff_code(firm, staff=clerk, now=timezone.now())
    assert code not in str(BindingCode.objects.values().get())


@pytest.fixture
def gateway(settings):
    """The city's short-message gateway."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/sms"
    yield taken
    server.shutdown()
    server.server_close()
    thread.join()


def registered(firm, phone="13900001111"):
    RegisteredPhone.objects.create(enterprise=firm, phone=phone)


async def test_binding_by_the_firm_s_registered_mobile(write, firm, gateway, rasa):
    await in_thread(registered, firm)
    assert "验证码已经发到该手机" in await write(f"绑定 {CODE.lower()} 13900001111")
    [message] = gateway
    assert message["phone"] == "13900001111"
    code = message["text"].split("验证码")[1][:6]
    assert "不对" in await write(f"绑定 {code}", person="somebody-else")
    assert "绑定好了" in await write(f"绑定 {code}")
    assert (await EnterpriseContact.objects.aget()).way == "phone_code"


async def test_another_mobile_gets_no_code_and_the_answer_tells_nothing(write, firm, gateway):
    await in_thread(registered, firm)
    right = await write(f"绑定 {CODE} 13900001111", person="right")
    wrong = await write(f"绑定 {CODE} 13900002222", person="wrong")
    unknown = await write(f"绑定 {OTHER_CODE} 13900001111", person="unknown")
    assert right == wrong == unknown
    assert len(gateway) == 1


async def test_a_credit_code_with_a_slip_is_said(write, firm, gateway):
    assert "营业执照上的18位" in await write(f"绑定 {CODE[:-1]}7 13900001111")
    assert gateway == []


async def test_without_a_gateway_staff_help(write, firm):
    assert "向工作人员要绑定码" in await write(f"绑定 {CODE} 13900001111")
    assert "短信" not in await write("绑定企业")


async def test_a_gateway_that_is_away_breaks_nothing(write, firm, settings, caplog):
    settings.SMS_URL = "http://127.0.0.1:9/sms"
    await in_thread(registered, firm)
    assert "没收到，可以找工作人员" in await write(f"绑定 {CODE} 13900001111")
    assert "13900001111" not in caplog.text


def test_staff_make_codes_on_the_command_line(firm, clerk):
    out = StringIO()
    call_command("binding_code", CODE, "--staff", "li", stdout=out)
    code = out.getvalue().split("绑定码 ")[1][:8]
    contact = Contact.objects.create()
    bound = binding.bind(contact, code=code, now=timezone.now())
    assert bound.enterprise == firm == Enterprise.objects.get()
    with pytest.raises(CommandError, match="登录名"):
        call_command("binding_code", CODE, "--staff", "nobody")
    with pytest.raises(CommandError, match="企业库"):
        call_command("binding_code", OTHER_CODE, "--staff", "li")
