"""Firms in the console: found, shown to each role as far as it may, changed by the right ones."""

import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.console import enterprise_views
from desk.conversations.models import Conversation
from desk.enterprises import binding, demo, services
from desk.enterprises.models import BindingCode, Enterprise, RegisteredPhone
from desk.errors import NotPermitted
from desk.tickets import services as tickets
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker
from tests.unit.desk.pages import signed_in, text_of, ticket_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(db: None) -> list[Enterprise]:
    return [services.register(card)[0] for card in demo.cards()]


@pytest.fixture
def firm(firms: list[Enterprise]) -> Enterprise:
    return firms[0]


@pytest.fixture
def boss(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


@pytest.fixture
def specialist(make_staff: StaffMaker, market: Department) -> StaffMember:
    return make_staff(Role.SPECIALIST, market, "何春")


def page(name: str, firm: Enterprise | None = None) -> str:
    return reverse(f"console:{name}", args=[firm.credit_code] if firm else [])


def filled(firm: Enterprise, **changed: str) -> dict[str, str]:
    names = ("name", "industry", "district", "scale", "registered_on")
    return {name: str(getattr(firm, name)) for name in names} | changed


def test_firms_are_found_by_name_code_district_and_specialist(
    firms: list[Enterprise], handler: StaffMember, specialist: StaffMember
) -> None:
    services.set_specialist(firms[3], specialist)
    client = signed_in(handler)

    def found(**query: str) -> set[int]:
        html = text_of(client.get(page("enterprises"), query))
        return {place for place, one in enumerate(firms) if f"/{one.credit_code}/" in html}

    assert found() == set(range(12))
    assert found(q=firms[2].name[2:7]) == {2}
    assert found(q=firms[2].credit_code.lower()) == {2}
    assert found(specialist=specialist.username) == {3}
    assert found(district=firms[0].district, q=firms[0].name) == {0}
    assert found(q="没有这家") == set()
    assert found(district="nowhere", q="\0") == set(range(12))


def test_firms_are_turned_page_by_page(
    firms: list[Enterprise], handler: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enterprise_views, "PER_PAGE", 5)
    client, query, seen = signed_in(handler), "", []
    while True:
        html = text_of(client.get(f"{page('enterprises')}?{query}"))
        seen += re.findall(r'/enterprises/(91\w+)/"', html)
        following = re.search(r'rel="next" href="\?([^"]+)"', html)
        if not following:
            break
        query = following[1].replace("&amp;", "&")
    assert seen == [one.credit_code for one in Enterprise.objects.order_by("name")]


def test_the_card_shows_the_firms_tickets_and_no_other_departments(
    firm: Enterprise,
    handler: StaffMember,
    outsider: StaffMember,
    conversation: UUID,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    ticket = tickets.open_ticket(request_of(conversation, who=firm.name), now=now)

    assert ticket_page(ticket) in text_of(signed_in(handler).get(page("enterprise", firm)))
    assert ticket_page(ticket) not in text_of(signed_in(outsider).get(page("enterprise", firm)))
    # On the ticket the firm's card leads here.
    assert page("enterprise", firm) in text_of(signed_in(handler).get(ticket_page(ticket)))


def test_who_speaks_for_a_firm_is_for_those_who_look_after_it(
    firm: Enterprise,
    handler: StaffMember,
    specialist: StaffMember,
    boss: StaffMember,
    conversation: UUID,
    now: datetime,
) -> None:
    services.set_specialist(firm, specialist)
    services.set_phone(firm.credit_code, "13912345678", actor=boss)
    person = Conversation.objects.get(pk=conversation).identity.contact
    person.display_name = "周老板"
    person.save()
    binding.bind(person, code=binding.issue_staff_code(firm, staff=boss, now=now), now=now)

    def shown(staff: StaffMember) -> str:
        return text_of(signed_in(staff).get(page("enterprise", firm)))

    for staff in (specialist, boss):
        assert "周老板" in shown(staff)
        assert "13912345678" in shown(staff)
    assert "周老板" not in shown(handler)
    assert "13912345678" not in shown(handler)
    assert "139****5678" in shown(handler)


def test_a_supervisor_gives_a_firm_its_specialist(
    firm: Enterprise, specialist: StaffMember, make_staff: StaffMaker, handler: StaffMember
) -> None:
    client = signed_in(make_staff(Role.SUPERVISOR))
    address = page("enterprise-specialist", firm)

    html = text_of(client.post(address, {"specialist": specialist.username}, follow=True))

    firm.refresh_from_db()
    assert firm.specialist == specialist
    assert "何春" in html
    assert AuditEntry.objects.get(action="enterprise.specialist_set").details == {
        "specialist": specialist.username
    }
    for wrong in (handler.username, "nobody", "\0"):
        html = text_of(client.post(address, {"specialist": wrong}, follow=True))
        assert "请选择在岗的服务专员" in html or wrong == "\0"
    client.post(address, {"specialist": ""})
    firm.refresh_from_db()
    assert firm.specialist is None


def test_an_administrator_changes_a_firm_and_the_log_says_which_fields(
    firm: Enterprise, boss: StaffMember
) -> None:
    client = signed_in(boss)
    assert f'value="{firm.name}"' in text_of(client.get(page("enterprise-edit", firm)))

    form = filled(firm, name="换了名字的公司", phone="13912345678")
    html = text_of(client.post(page("enterprise-edit", firm), form, follow=True))

    assert "换了名字的公司" in html
    assert AuditEntry.objects.get(action="enterprise.changed").details == {"fields": ["name"]}
    assert RegisteredPhone.objects.get(enterprise=firm).phone == "13912345678"
    assert "13912345678" not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    client.post(page("enterprise-edit", firm), {**form, "phone": ""})
    assert not RegisteredPhone.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "不能为空"),
        ({"district": "beijing"}, "请选择区县和规模"),
        ({"registered_on": "x"}, "请填写成立日期"),
        ({"phone": "123"}, "登记手机要是11位手机号"),
    ],
)
def test_a_form_filled_in_wrongly_changes_nothing_and_keeps_what_was_typed(
    firm: Enterprise, boss: StaffMember, wrong: dict[str, str], says: str
) -> None:
    form = filled(firm, industry="换了行业", phone="") | wrong
    html = text_of(signed_in(boss).post(page("enterprise-edit", firm), form), 422)

    assert says in html
    assert 'value="换了行业"' in html
    assert Enterprise.objects.get(pk=firm.pk).industry == firm.industry
    assert not AuditEntry.objects.filter(action="enterprise.changed").exists()


def test_an_administrator_registers_a_firm_once(boss: StaffMember) -> None:
    card = demo.cards()[0]
    form = {
        "name": card.name,
        "credit_code": card.credit_code.lower(),
        "industry": card.industry,
        "district": card.district,
        "scale": card.scale,
        "registered_on": "2020-01-01",
    }
    client = signed_in(boss)

    assert client.post(page("enterprise-new"), form).status_code == 302
    assert AuditEntry.objects.get(action="enterprise.registered").actor_id == boss.pk
    assert "已经登记过了" in text_of(client.post(page("enterprise-new"), form), 422)
    form["credit_code"] = "91999999DEM000014H"
    assert "统一社会信用代码不正确" in text_of(client.post(page("enterprise-new"), form), 422)
    assert Enterprise.objects.count() == 1


def test_the_services_ask_for_the_role_themselves(firm: Enterprise, handler: StaffMember) -> None:
    card = replace(demo.cards()[1], name="别的")
    for act in (
        lambda: services.register(card, actor=handler),
        lambda: services.change(firm.credit_code, card, actor=handler),
        lambda: services.set_phone(firm.credit_code, "", actor=handler),
        lambda: services.assign_specialist(firm.credit_code, "", actor=handler),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_binding_code_is_shown_once_and_kept_by_its_digest(
    firm: Enterprise, handler: StaffMember
) -> None:
    client = signed_in(handler)

    html = text_of(client.post(page("binding-code", firm)))

    code = re.search(r'class="secret">(\d{8})<', html)
    assert code
    assert BindingCode.objects.get().digest != code[1]
    assert code[1] not in text_of(client.get(page("enterprise", firm)))


def test_a_code_nobody_has_is_no_page(firm: Enterprise, handler: StaffMember) -> None:
    assert signed_in(handler).get("/console/enterprises/91000/").status_code == 404


def test_a_card_costs_the_same_however_much_the_firm_has(
    firm: Enterprise,
    boss: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    client = signed_in(boss)

    def add(place: int) -> None:
        talk = make_conversation()
        tickets.open_ticket(request_of(talk, who=firm.name, key=f"k{place}"), now=now)
        person = Conversation.objects.get(pk=talk).identity.contact
        binding.bind(person, code=binding.issue_staff_code(firm, staff=boss, now=now), now=now)

    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(page(name, firm if name == "enterprise" else None))
        return len(captured)

    add(0)
    queries("enterprise")
    before = [queries("enterprise"), queries("enterprises")]
    for place in range(1, 5):
        add(place)
    assert [queries("enterprise"), queries("enterprises")] == before
