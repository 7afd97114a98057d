"""Refusals no view made: JSON for programs, a page for people."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

API = ("/api/", "/webhooks/")


def refusal(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if request.path.startswith(API):
        return JsonResponse({"error": {"code": code, "message": message}}, status=status)
    # Without the request: a page for a broken database must not ask it who is signed in.
    return HttpResponse(render_to_string("refusal.html", {"message": message}), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 400, "bad_request", "这个请求我们没有看懂。")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 403, "forbidden", "您没有权限打开这里。")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 404, "not_found", "没有找到您要的页面。")


def failed(request: HttpRequest) -> HttpResponse:
    return refusal(request, 500, "internal_error", "系统出了点问题，我们已经记下，请稍后再试。")
