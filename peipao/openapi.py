"""`/api/v1/…` for partners, and `/api/docs`: one description of all that programs may call."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from channels.http import LARGEST_BODY, TOO_LARGE, error
from channels.webchat import openapi as chat
from desk.errors import DeskError
from desk.partners import words
from desk.partners.api import router
from desk.partners.errors import BadBody, InvalidRequest, TooManyCalls

ABOUT = """给其他系统用的接口：提交诉求、查询工单、查询变化。

- 令牌由管理员发给，放在请求头 `Authorization: Bearer 令牌`；每个令牌只有它需要的权限。
- 每件诉求带一个 `Idempotency-Key`：网络断了就用同一个再发，不会变成两张工单。
- 所有拒绝都是 `{"error": {"code", "message"}}`，代码不变，句子给人看。
- 请求内容不超过64KB，时间都带时区。
"""


class JsonObject(Parser):
    """A body that is a JSON object, or BadBody."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as wrong:
            raise BadBody from wrong
        if not isinstance(body, dict):
            raise BadBody
        return body


class Docs(DocsBase):
    """Swagger's page with its files from our own static folder: no other host is asked."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page."""
        url = self.get_openapi_url(api, kwargs)
        # Deep links would be links within buttons, which nobody who listens to a page can use.
        settings = {"url": url, "layout": "BaseLayout", "deepLinking": False, "validatorUrl": None}
        return render(request, "api_docs.html", {"settings": settings, "title": api.title})


class Api(NinjaAPI):
    """Ninja's API whose description names the web chat's calls, too."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The whole description."""
        schema = super().get_openapi_schema(**options)
        schema["paths"] |= chat.PATHS
        schema["components"].setdefault("securitySchemes", {}).update(chat.SECURITY)
        return schema


def make_api() -> Api:
    """The API with its refusals mapped."""
    api = Api(
        title="营商陪跑员开放接口",
        version="1",
        description=ABOUT,
        openapi_url="/openapi.json",
        docs_url="/docs",
        docs=Docs(),
        parser=JsonObject(),
        urls_namespace="api",
    )
    api.add_router("/v1", router)

    @api.exception_handler(DeskError)
    def refused(request: HttpRequest, refusal: DeskError) -> HttpResponse:
        answer = error(refusal.code, refusal.message, refusal.status)
        if isinstance(refusal, TooManyCalls):
            answer["Retry-After"] = str(refusal.wait)
        if refusal.status == 401:
            answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
        return error(InvalidRequest.code, words.told(wrong.errors), InvalidRequest.status)

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, wrong: HttpError) -> HttpResponse:
        return error(BadBody.code, BadBody.message, wrong.status_code)

    return api


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """`view` with the doors' manners: no large bodies, and a method refused in JSON."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or (
            len(request.body) > LARGEST_BODY
        ):
            return error(*TOO_LARGE)
        answer = view(request, *args, **kwargs)
        if isinstance(answer, HttpResponseNotAllowed):
            refusal = error("method_not_allowed", "这个地址不支持这种请求。", 405)
            refusal["Allow"] = answer["Allow"]
            return refusal
        return answer

    return answered


def api_urls() -> tuple[list[URLPattern], str, str]:
    """What urls.py includes."""
    patterns, app, namespace = make_api().urls
    found = [cast("URLPattern", pattern) for pattern in patterns]
    for pattern in found:
        pattern.callback = guarded(pattern.callback)
    return found, app, namespace
