"""A partner's program for tests."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from desk.partners import services
from desk.partners.models import Scope

BOTH = frozenset(Scope.values)
DEMAND = {
    "category": "complain",
    "what": "楼下的店一直乱收费。",
    "who": "张三",
    "contact": "138 0013 8000",
    "reference": "SC-2026-1",
}


class Caller:
    """A partner's program."""

    def __init__(self, token: str) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def open(self, key: str = "demand-0001", **given: Any) -> HttpResponse:
        return self.post(json.dumps(DEMAND | given), key)

    def post(self, body: str | bytes, key: str = "demand-0001") -> HttpResponse:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._client.post(
            "/api/v1/tickets", body, content_type="application/json", headers=headers
        )

    def get(self, path: str) -> HttpResponse:
        return self._client.get(f"/api/v1/{path}", headers=self._headers)


def partner(code: str = "sc-platform", scopes: frozenset[str] = BOTH, name: str = "") -> Caller:
    now = timezone.now()
    services.register(code, name or f"伙伴{code}", staff=None, now=now)
    return Caller(services.make_token(code, scopes=scopes, staff=None, now=now).token)


def code_of(answer: HttpResponse, status: int) -> str:
    """The code of a refusal, which must be JSON with a Chinese sentence."""
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert any("\u4e00" <= char <= "\u9fff" for char in error["message"])
    return str(error["code"])
