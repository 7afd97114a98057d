"""Where a matter goes: by topic, category and district, the firm's specialist first."""

from datetime import datetime
from uuid import UUID

import pytest

from desk.accounts import demo
from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.enterprises import services as enterprises
from desk.enterprises.models import Enterprise
from desk.errors import NotPermitted
from desk.tickets import offers, routing, services, suggestion
from desk.tickets.errors import InvalidParticulars, InvalidTicket
from desk.tickets.models import Ticket
from desk.tickets.routing import Key
from desk.tickets.values import Category
from tests.unit.desk.makers import RequestMaker, StaffMaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> dict[str, Department]:
    """The demonstration's departments."""
    return {
        code: Department.objects.create(code=code, name=name)
        for code, name in demo.DEPARTMENTS.items()
    }


@pytest.fixture
def boss(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


def goes_to(category: str, text: str) -> str:
    found = routing.route(Category(category), text).department
    return found.code if found else ""


@pytest.mark.parametrize(
    ("category", "text", "department"),
    [
        ("complain", "某局下属公司拖欠我们工程款一年多，一直没付", "industry"),
        ("complain", "老板欠薪三个月，讨薪没人管", "labour"),
        ("complain", "街道办每个月都来收费，说是卫生费，乱收费", "justice"),
        ("complain", "执法人员一个月来了五次，多头检查", "justice"),
        ("complain", "招标文件明显量身定做，排斥外地企业", "bidding"),
        ("report", "这次投标有人围标串标", "reform"),
        ("consult", "增值税留抵退税怎么申请", "tax"),
        ("help", "政务大厅窗口一直推，许可证办不下来", "approval"),
        ("help", "银行抽贷，我们资金链要断了", "finance"),
        ("complain", "当时招商承诺的补贴一直不兑现", "business"),
        ("complain", "隔壁超市冒用我的商标卖酒", "market"),
        ("complain", "楼下的店一直乱收费", "market"),
        ("complain", "对面半夜放音乐", "market"),
        ("consult", "请问周末上班吗", "hotline"),
        ("suggest", "建议多设停车位", "hotline"),
    ],
)
def test_a_matter_goes_where_it_belongs(
    category: str, text: str, department: str, city: dict[str, Department]
) -> None:
    assert goes_to(category, text) == department


def test_every_default_rule_names_a_department_of_the_demonstration() -> None:
    assert set(routing.rules().values()) <= set(demo.DEPARTMENTS)


def test_a_rule_whose_department_this_city_lacks_is_passed_over(market: Department) -> None:
    assert goes_to("complain", "拖欠货款") == "market"
    assert goes_to("help", "请帮忙") == ""


def test_a_ticket_says_why_it_went_there(
    city: dict[str, Department], conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    stated = request_of(conversation, what="南江县某单位拖欠工程款，一直没付")
    ticket = services.open_ticket(stated, now=now)

    assert (ticket.topic, ticket.district) == ("arrears", "nanjiang")
    assert ticket.routed_by == "按分派规则：拖欠账款"
    event = ticket.events.get(move="dispatch")
    assert event.note == ticket.routed_by
    assert event.who == "系统"


def test_two_districts_in_one_text_tell_none() -> None:
    assert routing.read_district("恩阳区和通江县都有") == ""


def test_an_unknown_district_is_refused(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    with pytest.raises(InvalidTicket, match="区县"):
        services.open_ticket(request_of(conversation, district="mars"), now=now)


def test_the_citys_own_rule_wins_and_the_most_exact_one_first(
    city: dict[str, Department], boss: StaffMember
) -> None:
    text = "南江县某单位拖欠工程款，一直没付"
    routing.set_rule(Key(topic="arrears"), "business", actor=boss)
    assert goes_to("complain", text) == "business"
    routing.set_rule(Key(topic="arrears", district="nanjiang"), "reform", actor=boss)
    assert goes_to("complain", text) == "reform"
    assert goes_to("complain", "某单位拖欠工程款，一直没付") == "business"
    routing.drop_rule(Key(topic="arrears", district="nanjiang"), actor=boss)
    routing.drop_rule(Key(topic="arrears"), actor=boss)

    assert goes_to("complain", text) == "industry"
    actions = AuditEntry.objects.filter(actor=boss).values_list("action", flat=True)
    assert sorted(actions) == ["routing_rule.dropped"] * 2 + ["routing_rule.set"] * 2


@pytest.mark.parametrize(
    ("key", "department"),
    [
        (Key(topic="stars"), "market"),
        (Key(category="wish"), "market"),
        (Key(district="mars"), "market"),
        (Key(topic="tax"), "moon"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(
    key: Key, department: str, market: Department, boss: StaffMember
) -> None:
    before = routing.rules()
    with pytest.raises(InvalidParticulars):
        routing.set_rule(key, department, actor=boss)
    with pytest.raises(InvalidParticulars):
        routing.drop_rule(key, actor=boss)
    assert routing.rules() == before


def test_only_the_administrator_changes_rules(market: Department, handler: StaffMember) -> None:
    with pytest.raises(NotPermitted):
        routing.set_rule(Key(topic="tax"), "market", actor=handler)


def test_the_firms_specialist_comes_first(
    city: dict[str, Department],
    make_staff: StaffMaker,
    conversation: UUID,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    specialist = make_staff(Role.HANDLER, city["business"], "冯静")
    firm = Enterprise.objects.create(
        name="示例机械有限公司",
        credit_code="91999999DEM0000017",
        industry="制造",
        district="enyang",
        scale="small",
        registered_on="2020-01-01",
    )
    enterprises.set_specialist(firm, specialist)
    by_name = services.open_ticket(request_of(conversation, who=firm.name, what="欠薪"), now=now)
    by_code = services.open_ticket(
        request_of(conversation, credit_code="91999999dem0000017", key="2"), now=now
    )

    for ticket in (by_name, by_code):
        assert (ticket.handler, ticket.department) == (specialist, city["business"])
        assert ticket.routed_by == "企业服务专员冯静优先"
        assert ticket.district == "enyang"
    specialist.is_active = False
    specialist.save()
    third = services.open_ticket(
        request_of(conversation, who=firm.name, what="欠薪", key="3"), now=now
    )
    assert third.department == city["labour"]


def test_the_least_loaded_handler_is_suggested(
    ticket: Ticket,
    handler: StaffMember,
    market: Department,
    make_staff: StaffMaker,
    now: datetime,
) -> None:
    free, head = make_staff(Role.HANDLER, market, "王五"), make_staff(Role.HEAD, market)
    services.transition(ticket.pk, "start", actor=handler, now=now)

    assert routing.least_loaded(market) == free
    ticket.refresh_from_db()
    offer = next(one for one in offers.offers(head, ticket) if one.move.name == "assign")
    (box,) = offer.boxes
    assert box.hint == "建议王五：手上的工单最少"
    assert [option.value for option in box.options if option.chosen] == [free.username]


def test_similar_tickets_suggest_their_department_with_a_reason(
    city: dict[str, Department],
    conversation: UUID,
    request_of: RequestMaker,
    make_staff: StaffMaker,
    boss: StaffMember,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suggestion, "past", suggestion.PastTickets())
    done = services.open_ticket(
        request_of(conversation, what="河道里有人偷排污水，臭气熏天", key="old"), now=now
    )
    Ticket.objects.filter(pk=done.pk).update(department=city["housing"])
    fresh = services.open_ticket(
        request_of(conversation, what="河里有人偷排污水，味道很臭", key="new"), now=now
    )
    assert suggestion.suggest(fresh) == []
    services.transition(done.pk, "close", actor=boss, now=now, note="已整改")

    (best,) = suggestion.suggest(fresh)
    offer = next(one for one in offers.offers(boss, fresh) if one.move.name == "dispatch")
    (box,) = offer.boxes

    assert best.department == city["housing"]
    assert done.number in best.reason
    assert box.hint == f"建议住建局：{best.reason}"
    assert [option.value for option in box.options if option.chosen] == ["housing"]
    assert suggestion.suggest(done) == []
    # Nobody is bound by it.
    moved = services.transition(
        fresh.pk,
        "dispatch",
        actor=boss,
        now=now,
        given=services.Particulars(department="approval"),
    )
    assert moved.department == city["approval"]
