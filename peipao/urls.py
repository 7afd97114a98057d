"""Every address of the web process."""

from django.urls import include, path

from peipao import health, metrics
from peipao.openapi import api_urls

urlpatterns = [
    path("", include("channels.webchat.urls")),
    path("", include("channels.wechat.urls")),
    path("", include("channels.telegram.urls")),
    path("", include("channels.hotline.urls")),
    path("api/", api_urls()),
    path("policies/", include("desk.policies.urls")),
    path("progress/", include("desk.tickets.urls")),
    path("console/", include("desk.console.urls")),
    path("readyz", health.ready),
    path("metrics", metrics.scrape),
]
handler400 = "peipao.pages.bad_request"
handler403 = "peipao.pages.forbidden"
handler404 = "peipao.pages.not_found"
handler500 = "peipao.pages.failed"
