"""The worker, the command, and documents of ready passages."""

import asyncio
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.policies import drafts, publishing, served
from desk.policies.models import Origin, PolicyVersion, State
from desk.policies.publishing import Repeal
from knowledge_base.index import read_documents
from peipao import worker
from tests.unit.desk.policy_makers import (
    CARD,
    NOW,
    QUESTION,
    TODAY,
    cited,
    said,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]


# --- The worker, the command, documents of ready passages ---


async def test_the_worker_goes_on_when_an_index_cannot_be_built(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stopping, looks = asyncio.Event(), []

    def fail() -> None:
        looks.append(1)
        if len(looks) == 3:
            loop.call_soon_threadsafe(stopping.set)
        raise OSError("the disk is full")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(served, "warm", lambda: None)
    monkeypatch.setattr(worker, "publish_policies", fail)
    monkeypatch.setattr(worker, "POLICIES_PAUSE", 0.01)

    await asyncio.wait_for(worker.keep_policies(stopping), 10)

    assert len(looks) == 3
    assert "tried again later" in caplog.text


def test_the_workers_look_publishes_what_is_due_and_builds(editor: StaffMember) -> None:
    now = timezone.now()
    draft = drafts.begin(replace(CARD, issued="", effective=""), staff=editor, now=now)
    PolicyVersion.objects.filter(pk=draft.pk).update(state=State.SCHEDULED, publish_at=now)

    worker.publish_policies()

    assert cited(said(QUESTION))[0] == draft.policy.code


def test_the_command_builds_only_what_changed(editor: StaffMember) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("policy_index", *words, stdout=out, stderr=StringIO())
        return out.getvalue()

    assert "没有变化" in run("--if-changed")
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code
    publishing.publish(code, revision=1, staff=editor, now=NOW)
    assert "3 份文件" in run("--if-changed")
    assert "3 份文件" in run()


def test_with_no_policy_left_nothing_is_quoted_any_more(settings: Settings, tmp_path: Path) -> None:
    settings.DOCUMENT_DIRS = [tmp_path / "none"]

    made = served.build(NOW)

    assert made is not None
    assert made.manifest.documents == 0


def test_the_command_says_why_it_cannot(settings: Settings, tmp_path: Path) -> None:
    settings.DOCUMENT_DIRS = [tmp_path / "corpus"]
    for file in (tmp_path / "corpus").iterdir():
        file.write_text("---\nbroken", encoding="utf-8")

    with pytest.raises(CommandError, match="bad_input"):
        call_command("policy_index")


def test_a_document_of_ready_passages_can_be_edited_and_repealed(
    editor: StaffMember, settings: Settings, tmp_path: Path
) -> None:
    row = {"id": "law-1", "law": "河道管理办法", "article": "第七条", "text": "河道采砂须经许可。"}
    (tmp_path / "corpus" / "laws.jsonl").write_text(json.dumps(row), encoding="utf-8")
    served.build(NOW)
    [code] = [item for item in library_of(settings.INDEX_DIR) if "河道" in item[1]]

    publishing.repeal(code[0], Repeal(TODAY, "新法施行"), current=0, staff=editor, now=NOW)
    served.renew(NOW)

    assert said("河道采砂要许可吗").text.startswith("【已废止】")
    version = PolicyVersion.objects.get(policy__code=code[0], origin=Origin.BUNDLED)
    assert version.body == "## 第七条\n\n河道采砂须经许可。"


def library_of(index: Path) -> list[tuple[str, str]]:
    return [(code, item.document.title) for code, item in read_documents(index).items()]
