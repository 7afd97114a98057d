"""Addresses of the progress page."""

from django.urls import path

from desk.tickets import views

app_name = "tickets"
urlpatterns = [path("", views.progress, name="progress")]
