"""Addresses of the policy pages."""

from django.urls import path

from desk.policies import views

app_name = "policies"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:document_id>", views.document, name="document"),
    path("<str:document_id>/<int:ordinal>", views.version, name="version"),
]
