"""Signing in and out."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import HttpResponse

from desk.accounts import services as accounts
from desk.accounts.models import StaffMember


class SignInForm(AuthenticationForm):
    """Django's form, in this console's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {
            "invalid_login": "账号或密码不正确，请重新输入。",
            "inactive": "这个账号已停用，请联系管理员。",
        }


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
            return super().form_valid(form)


class SignOut(LogoutView):
    """Ends the session; POST only, so that no link or picture can do it."""

    next_page = "console:login"
