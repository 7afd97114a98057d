"""Signing in and out, the session's end, and one's own password."""

from typing import Any

from axes.signals import user_locked_out
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts import services as accounts
from desk.accounts.models import StaffMember
from desk.console import areas, idle
from desk.console.entrance import staff_page
from desk.errors import DeskError

LOCKED = 429


class SignInForm(AuthenticationForm):
    """Django's form, in this console's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {
            "invalid_login": "账号或密码不正确，请重新输入。",
            "inactive": "这个账号已停用，请联系管理员。",
        }

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)  # type: ignore[arg-type]  # typed for AbstractUser
        if isinstance(user, StaffMember) and accounts.password_expired(user, timezone.now()):
            raise forms.ValidationError("临时密码已过期，请管理员再重设一次。", code="expired")


class SignIn(LoginView):
    """The sign-in page; those signed in already go on to the queue."""

    template_name = "console/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        staff = form.get_user()
        with transaction.atomic():
            if isinstance(staff, StaffMember):
                accounts.record_sign_in(staff)
            answer = super().form_valid(form)
        idle.note(self.request, timezone.now())
        return answer


class SignOut(LogoutView):
    """Ends the session; POST only, so that no link or picture can do it."""

    next_page = "console:login"


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """The page of a locked sign-in (settings.AXES_LOCKOUT_CALLABLE): how long, and what to do."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"minutes": minutes, "failures": settings.AXES_FAILURE_LIMIT}
    return render(request, "console/locked.html", context, status=LOCKED)


@receiver(user_locked_out)
def note_lockout(sender: object, username: str = "", **kwargs: object) -> None:
    accounts.record_lockout(username or "")


@staff_page
def password(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """One's own password; who came with a one-time password gets no further without this."""
    error, status = "", 200
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("old", "new", "again")}
        try:
            accounts.change_password(staff, **given)
        except DeskError as refusal:
            error, status = refusal.message, refusal.status
        else:
            # This session goes on; all others of theirs end.
            update_session_auth_hash(request, staff)
            messages.success(request, "密码已更改，其他设备上的登录已退出。")
            return redirect(f"console:{areas.home_of(staff)}")
    context = {"temporary": staff.temporary_until is not None, "error": error}
    return render(request, "console/password.html", context, status=status)


@staff_page
@require_safe
def left(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """How long the session has left: pages ask before they warn, another window may be in use."""
    return JsonResponse({"seconds": idle.left(request, timezone.now())})


@staff_page
@require_POST
def stay(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Goes on: the click that keeps the session."""
    return JsonResponse({"seconds": idle.left(request, timezone.now())})
