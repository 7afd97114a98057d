"""Editors hear of a newer file where they changed the document, and decide what becomes of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.audit.models import AuditEntry
from desk.policies import catalogue, drafts, library, publishing
from desk.policies.models import Origin, Policy, PolicyVersion, State
from desk.policies.values import card_of
from tests.unit.desk.pages import signed_in, text_of
from tests.unit.desk.policy_makers import CARD, GUARANTEE, NOW, TODAY, published
from tests.unit.desk.policy_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]

CODE = "danbao-2026"
SAID = "随产品附带的文件有更新"


@pytest.fixture
def client(editor: StaffMember) -> Client:
    return signed_in(editor)


def edited(editor: StaffMember, old: str = "40%", new: str = "50%") -> None:
    """The bundled document, changed by an editor and published."""
    card = card_of(catalogue.text_now(CODE).text)
    card = replace(card, body=card.body.replace(old, new))
    draft = drafts.save(CODE, card, revision=0, staff=editor, now=NOW)
    publishing.publish(CODE, revision=draft.revision, staff=editor, now=NOW)


def newer_file(settings: Settings, text: str = GUARANTEE.replace("10万元", "20万元")) -> None:
    folder = Path(settings.DOCUMENT_DIRS[0])
    (folder / f"{CODE}.md").write_text(text, encoding="utf-8")


def digest_in(html: str) -> str:
    return html.split('name="digest" value="')[1].split('"')[0]


def test_a_newer_file_is_announced_where_editors_changed_the_document(
    client: Client, editor: StaffMember, settings: Settings
) -> None:
    edited(editor)
    assert SAID not in text_of(client.get(page("policy", CODE)))

    newer_file(settings)

    assert SAID in text_of(client.get(page("policy", CODE)))
    listed = text_of(client.get(reverse("console:policies")))
    assert listed.count("随附文件有更新") == 1
    html = text_of(client.get(page("policy-compare", CODE), {"new": "file"}))
    assert "现行第 2 版" in html
    assert "<del>1</del>" in html
    assert "<ins>2</ins>" in html


def test_what_nobody_changed_follows_its_file_without_a_word(
    client: Client, editor: StaffMember, settings: Settings
) -> None:
    card = card_of(catalogue.text_now(CODE).text)
    draft = drafts.save(CODE, card, revision=0, staff=editor, now=NOW)
    drafts.drop(CODE, revision=draft.revision, staff=editor, now=NOW)
    newer_file(settings)

    assert SAID not in text_of(client.get(page("policy", CODE)))
    # An editor begins with what the file says now.
    assert "20万元" in text_of(client.get(page("policy-edit", CODE)))


def test_a_draft_of_the_new_file_is_begun_in_the_form_and_ends_the_announcement(
    client: Client, editor: StaffMember, settings: Settings
) -> None:
    edited(editor)
    newer_file(settings)

    form = text_of(client.get(page("policy-edit", CODE), {"from": "file"}))
    assert "最高20万元" in form
    assert "40%" in form
    text = catalogue.bundled(CODE)
    drafts.save(CODE, card_of(text), revision=0, current=2, staff=editor, now=NOW)

    assert SAID not in text_of(client.get(page("policy", CODE)))


def test_a_file_that_was_seen_and_not_taken_is_kept_and_announced_no_more(
    client: Client, editor: StaffMember, settings: Settings
) -> None:
    edited(editor)
    newer_file(settings)
    seen = {"digest": digest_in(text_of(client.get(page("policy", CODE))))}

    html = text_of(client.post(page("policy-file-seen", CODE), seen, follow=True))

    assert "已记下核对" in html
    assert SAID not in html
    kept = PolicyVersion.objects.get(ordinal=3)
    assert (kept.state, kept.origin) == (State.DROPPED, Origin.BUNDLED)
    assert "20万元" in kept.body
    assert Policy.objects.get().current_id == PolicyVersion.objects.get(ordinal=2).pk
    assert AuditEntry.objects.filter(action="policy.file_seen", actor=editor).count() == 1
    again = text_of(client.post(page("policy-file-seen", CODE), seen, follow=True))
    assert "已经有人核对过了" in again
    assert PolicyVersion.objects.count() == 3

    newer_file(settings, GUARANTEE.replace("10万元", "30万元"))
    assert SAID in text_of(client.get(page("policy", CODE)))


def test_a_file_that_changed_once_more_is_not_noted_unseen(
    client: Client, editor: StaffMember, settings: Settings
) -> None:
    edited(editor)
    newer_file(settings)
    seen = {"digest": digest_in(text_of(client.get(page("policy", CODE))))}
    newer_file(settings, GUARANTEE.replace("10万元", "30万元"))

    html = text_of(client.post(page("policy-file-seen", CODE), seen, follow=True))

    assert "随附文件又变了" in html
    assert SAID in html


# --- What the list costs ---


def test_the_list_reads_no_texts(client: Client, editor: StaffMember) -> None:
    edited(editor)
    code = published(editor)
    drafts.save(code, CARD, revision=0, current=1, staff=editor, now=NOW)

    with CaptureQueriesContext(connection) as asked:
        text_of(client.get(reverse("console:policies")))

    about = [one["sql"] for one in asked if "policies_policyversion" in one["sql"]]
    assert len(about) == 3
    assert not any('"body"' in sql for sql in about)


def test_the_library_is_folded_and_put_in_order_once_for_an_index(
    editor: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(editor)
    catalogue.items(today=TODAY)
    folded: list[str] = []
    real = library.search_form
    monkeypatch.setattr(library, "search_form", lambda text: folded.append(text) or real(text))

    found = catalogue.items(today=TODAY)

    assert [item.document.id for item in found] == ["waimao-2026", CODE]
    # The one that editors changed; what only the index has was folded when it was read.
    assert len(folded) == 1
