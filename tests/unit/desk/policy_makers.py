"""Policies for tests, and a small served library of real texts with our own encoder."""

import atexit
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from django.conf import settings as current
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.audit.models import AuditEntry
from desk.policies import drafts, publishing, served
from desk.policies.models import Policy, PolicyVersion
from desk.policies.values import PolicyCard, card_of, text_of
from knowledge_base.answer import Answer, answer
from knowledge_base.ingestion import ingest
from knowledge_base.search import KnowledgeBase

GUARANTEE = """---
id: danbao-2026
title: 巴中市中小企业担保费补助办法
number: 巴府办发〔2026〕5号
issuer: 巴中市人民政府办公室
level: 市
region: 巴中
issued: 2026-02-10
effective: 2026-03-01
topics: [担保费, 担保补贴]
---
# 巴中市中小企业担保费补助办法

## 补多少
常见问法：担保费补多少｜贷款担保补贴有好多
第三条 对中小企业支付的贷款担保费，按实际支付额的40%补助，每户每年最高10万元。

## 怎么申请
第五条 企业每年3月向县（区）经济和信息化部门提交申请表和担保费发票。
"""
TRADE = """---
id: waimao-2026
title: 巴中市外贸企业展会补助办法
number: 巴府办发〔2026〕6号
issuer: 巴中市人民政府办公室
level: 市
region: 巴中
issued: 2026-02-11
effective: 2026-03-01
topics: [展会补贴, 外贸]
---
# 巴中市外贸企业展会补助办法

## 补多少
常见问法：参加展会补多少｜展位费给不给补
第四条 企业参加境外展会的，展位费按60%补助，每个展位最高3万元。
"""
NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
TODAY = NOW.date()
QUESTION = "无人机配送奖励多少"

# A policy that no bundled document resembles.
CARD = PolicyCard(
    title="巴中市无人机配送试点奖励办法",
    number="巴府办发〔2026〕31号",
    issuer="巴中市人民政府办公室",
    level="市",
    region="巴中",
    issued="2026-11-01",
    effective="2026-11-10",
    url="https://www.example.gov.cn/31",
    topics="无人机配送、低空物流",
    body="""## 奖多少
常见问法：无人机配送奖励多少｜搞无人机送货有没有奖
第三条 对开通无人机配送航线的企业，每条航线一次性奖励8万元，每户最高40万元。

## 怎么申请
第五条 企业在航线开通后30日内向市发展和改革委员会申请，提交航线批复和运行记录。""",
)


def library_in(folder: Path, settings: Settings) -> None:
    """Two policies as files, and the index of them."""
    shutil.copytree(_made(), folder, dirs_exist_ok=True)
    settings.DOCUMENT_DIRS = [folder / "corpus"]
    settings.INDEX_DIR = folder / "index"
    settings.TRIALS_DIR = folder / "trials"
    settings.ENCODER = ""


@cache
def _made() -> Path:
    """The same, made once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="peipao-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "danbao-2026.md").write_text(GUARANTEE, encoding="utf-8")
    (corpus / "waimao-2026.md").write_text(TRADE, encoding="utf-8")
    ingest([corpus], folder / "index", encoder="", built_at=NOW)
    return folder


def said(question: str, day: date = TODAY) -> Answer:
    """What the bot would say from the served index."""
    knowledge = KnowledgeBase.open(current.INDEX_DIR)
    return answer(question, knowledge, as_of=day)


def cited(found: Answer) -> list[str]:
    return [citation.passage.document_id for citation in found.citations]


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def published(editor: StaffMember, card: PolicyCard = CARD, now: datetime = NOW) -> str:
    draft = drafts.begin(card, staff=editor, now=now)
    publishing.publish(draft.policy.code, revision=1, staff=editor, now=now)
    served.renew(now)
    return draft.policy.code


def change(code: str, editor: StaffMember, old: str, new: str) -> PolicyVersion:
    """The text with `old` replaced, published as a new version."""
    now = Policy.objects.get(code=code).current
    assert now is not None
    card = card_of(text_of(now))
    card = replace(card, body=card.body.replace(old, new))
    draft = drafts.save(code, card, revision=0, current=now.ordinal, staff=editor, now=NOW)
    done = publishing.publish(code, revision=draft.revision, staff=editor, now=NOW)
    served.renew(NOW)
    return done
