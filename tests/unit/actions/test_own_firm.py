"""Who speaks for a firm is not asked what the register knows of it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.matching import ANEW, BEGINS, UNKNOWN, ValidateMatchForm
from actions.own_firm import own_firm, trade_of
from desk.accounts.models import Role, StaffMember
from desk.conversations.models import Contact
from desk.enterprises import binding
from desk.enterprises.models import District, Scale
from desk.enterprises.services import EnterpriseCard, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("served")]

FIRM, STALL = "91999999DEM000014G", "92999999DEM0000013"


def binds(conversation: UUID, name: str, credit_code: str, industry: str = "精制茶加工") -> Contact:
    """Whoever writes in `conversation` speaks for a small firm in 巴州区 from now on."""
    card = EnterpriseCard(
        name, credit_code, industry, District.BAZHOU, Scale.SMALL, date(2016, 3, 18)
    )
    firm, _ = register(card)
    clerk, _ = StaffMember.objects.get_or_create(username="zhou", role=Role.SUPERVISOR)
    now = timezone.now()
    code = binding.issue_staff_code(firm, staff=clerk, now=now)
    contact = Contact.objects.get(identities__conversation=conversation)
    binding.bind(contact, code=code, now=now)
    return contact


def opened(
    make_tracker: Callable[..., Tracker], conversation: UUID, text: str, **named: str
) -> tuple[dict[str, Any], str]:
    """The slots and the words with which the matching begins."""
    dispatcher = CollectingDispatcher()
    entities = [
        {"entity": entity, "value": value, "start": 0, "end": 1} for entity, value in named.items()
    ]
    tracker = make_tracker(
        text,
        conversation=conversation,
        intent="match_policies",
        entities=entities,
        since=[{"event": "active_loop", "name": "match_form"}],
        slots={"requested_slot": None},
    )
    events = async_to_sync(ValidateMatchForm().run)(dispatcher, tracker, {})
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return slots, dispatcher.messages[0]["text"]


def test_only_what_the_register_does_not_know_is_asked(make_tracker, conversation):
    binds(conversation, "云顶茶业", FIRM)
    slots, said = opened(make_tracker, conversation, "我能享受哪些政策")
    assert slots == {
        "match_firm": "小微企业",
        "match_industry": "食品加工",
        "match_traits": None,
        "match_district": "巴州区",
    }
    assert said == (
        "您绑定的是“云顶茶业”，我按登记的（小微企业、食品加工、巴州区）来找；不是这样，直接告诉我。"
    )


def test_who_speaks_for_no_firm_or_for_none_any_more_is_asked(make_tracker, conversation):
    slots, said = opened(make_tracker, conversation, "我能享受哪些政策")
    assert (slots["match_firm"], slots["match_district"], said) == (None, UNKNOWN, BEGINS)
    contact = binds(conversation, "云顶茶业", FIRM)
    binding.unbind(contact, now=timezone.now())
    assert opened(make_tracker, conversation, "我能享受哪些政策")[1] == BEGINS


def test_another_firm_than_the_registered_one_is_asked_for(make_tracker, conversation):
    binds(conversation, "云顶茶业", FIRM)
    slots, said = opened(make_tracker, conversation, "开餐馆能享受啥", industry="餐饮")
    assert (slots["match_firm"], slots["match_industry"], said) == (None, "餐饮", BEGINS)


def test_an_older_consent_did_not_say_that_the_register_is_used(make_tracker, conversation):
    contact = binds(conversation, "云顶茶业", FIRM)
    contact.enterprise_contacts.update(consent="2026-11")
    assert opened(make_tracker, conversation, "我能享受哪些政策")[1] == BEGINS


@pytest.mark.parametrize("text", ["不是这样", "不是这家", "不对，是另一家"])
def test_who_says_that_it_is_another_firm_is_asked_from_the_beginning(
    make_tracker, conversation, text
):
    binds(conversation, "云顶茶业", FIRM)
    dispatcher = CollectingDispatcher()
    slots = {"requested_slot": "match_traits", "match_firm": "小微企业"}
    tracker = make_tracker(text, conversation=conversation, intent="deny", slots=slots)
    events = async_to_sync(ValidateMatchForm().run)(dispatcher, tracker, {})
    assert {event["name"]: event["value"] for event in events} == {
        "match_firm": None,
        "match_industry": None,
        "match_traits": None,
        "match_district": UNKNOWN,
    }
    assert dispatcher.messages[0]["text"] == ANEW


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("另一家公司欠我货款，我要投诉", "open_complaint"),
        ("别的公司欠我货款怎么办", "legal_help"),
        ("我们不对外开放", "deny"),
    ],
)
def test_another_firm_in_a_matter_of_its_own_begins_nothing_anew(
    make_tracker, conversation, text, intent
):
    dispatcher = CollectingDispatcher()
    slots = {"requested_slot": "match_traits", "match_firm": "小微企业"}
    tracker = make_tracker(text, conversation=conversation, intent=intent, slots=slots)
    async_to_sync(ValidateMatchForm().run)(dispatcher, tracker, {})
    assert ANEW not in [message["text"] for message in dispatcher.messages]


def test_who_binds_again_has_agreed_to_today_s_text(conversation):
    contact = binds(conversation, "云顶茶业", FIRM)
    clerk = StaffMember.objects.get(username="zhou")
    contact.enterprise_contacts.update(consent="2026-11")
    now = timezone.now()
    firm = contact.enterprise_contacts.get().enterprise
    binding.bind(contact, code=binding.issue_staff_code(firm, staff=clerk, now=now), now=now)
    assert contact.enterprise_contacts.get().consent == binding.CONSENT
    assert own_firm(conversation) is not None


def test_with_two_firms_it_is_not_guessed_which(conversation):
    binds(conversation, "云顶茶业", FIRM)
    binds(conversation, "小满面馆", STALL, "餐饮服务")
    assert own_firm(conversation) is None


def test_the_credit_code_tells_a_stall_from_a_firm(conversation):
    binds(conversation, "小满面馆", STALL, "餐饮服务")
    found = own_firm(conversation)
    assert found is not None
    assert found.answers["match_firm"] == "个体工商户"


@pytest.mark.parametrize(
    ("industry", "trade"),
    [
        ("食用植物油加工", "食品加工"),
        ("牲畜饲养", "农业"),
        ("道路货物运输", "交通物流"),
        ("建筑材料制造", "制造业"),
        ("铁路、船舶、航空航天和其他运输设备制造业", "制造业"),
        ("石油、煤炭及其他燃料加工业", "制造业"),
        ("煤炭及制品批发", "批发零售"),
        ("石油天然气管道运输", "交通物流"),
        ("油墨制造", "制造业"),
        ("酒店用品制造", "制造业"),
        ("农业机械制造", "制造业"),
        ("房屋建筑", "建筑房产"),
        ("互联网零售", "电商"),
        ("水的生产和供应", "水的生产和供应"),
    ],
)
def test_the_register_s_trades_are_the_matching_s(industry, trade):
    assert trade_of(industry) == trade
