"""The doors' common manners: methods, bodies, and every refusal as JSON with a code."""

import json
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from channels.messages import BadRequest
from desk.errors import DeskError

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]

# Bytes of a body that is no file: a long message in JSON.
LARGEST_BODY = 64 * 1024
TOO_LARGE = ("body_too_large", "内容太大了，请缩短后再发。", 413)


def api(*methods: str) -> Callable[[View], View]:
    """One mapper for the API: the method's check, and every refusal as a JSON error."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        async def mapped(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            if request.method not in methods:
                answer = error("method_not_allowed", "这个地址不支持这种请求。", 405)
                answer["Allow"] = ", ".join(methods)
                return answer
            try:
                if not _brings_files(request) and len(request.body) > LARGEST_BODY:
                    return error(*TOO_LARGE)
                return await view(request, **arguments)
            except (BadRequest, DeskError) as refusal:
                return error(refusal.code, refusal.message, refusal.status)
            except RequestDataTooBig:
                return error(*TOO_LARGE)

        return mapped

    return decorate


def _brings_files(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def error(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def closed() -> JsonResponse:
    """What a door without its settings answers."""
    return error("channel_off", "这个渠道没有开通。", 404)


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The request's body as a JSON object. Raises BadRequest."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("bad_json", "请求内容不是有效的 JSON。") from error
    if not isinstance(body, dict):
        raise BadRequest("bad_json", "请求内容应当是一个 JSON 对象。")
    return body
