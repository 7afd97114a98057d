"""How the tests of the editors' pages fill in forms."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from desk.policies import served
from desk.policies.models import Policy
from desk.policies.values import PolicyCard
from tests.unit.desk.policy_makers import CARD, NOW

NEW = "/console/policies/new/"


def form(card: PolicyCard = CARD, **given: Any) -> dict[str, Any]:
    return {name: getattr(card, name) for name in PolicyCard.__slots__} | given


def page(name: str, code: str, *more: object) -> str:
    return reverse(f"console:{name}", args=[code, *more])


def drafted(client: Client) -> str:
    answer = client.post(NEW, form())
    assert answer.status_code == 302
    return Policy.objects.get().code


def published(client: Client) -> str:
    code = drafted(client)
    client.post(page("policy-publish", code), {"revision": 1, "when": "now"})
    served.renew(NOW)
    return code


def file(content: str | bytes, name: str = "办法.md") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
