"""The audit log, searched by who, what, on what and when; the address holds the search."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from desk.accounts.models import StaffMember
from desk.audit.services import Wanted, search
from desk.console.entrance import staff_page
from desk.console.reading import read_day
from knowledge_base.text import clean

PER_PAGE = 50
LONGEST = 64

# The nouns of actions, as the filter offers them.
NOUNS = {
    "": "全部",
    "ticket": "工单",
    "conversation": "会话",
    "staff": "账号与登录",
    "policy": "政策",
    "delivery": "消息发送",
    "canned": "常用语",
    "partner": "接口伙伴",
    "department": "部门",
    "enterprise": "企业",
    "enterprise_contact": "企业绑定",
    "binding_code": "绑定码",
    "contact": "来访人",
    "follow_up": "跟进",
    "service_level": "服务承诺",
    "routing_rule": "分派规则",
    "wechat": "微信接口",
    "page": "被拒绝的访问",
}


@staff_page
@require_safe
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The entries that fit the address, the newest first."""
    given = {name: clean(request.GET.get(name, ""))[:LONGEST] for name in FIELDS}
    wanted = Wanted(
        actor=given["actor"],
        action=given["action"],
        target=given["target"],
        first=read_day(given["first"]),
        last=read_day(given["last"]),
    )
    page = Paginator(search(wanted), PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in given.items() if value})
    context = {"page": page, "given": given, "query": query, "nouns": NOUNS}
    return render(request, "console/audit.html", context)


FIELDS = ("actor", "action", "target", "first", "last")
