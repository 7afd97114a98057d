"""Tickets: what a person asks of the city, whose it is, and how far it has come."""
