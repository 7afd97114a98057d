"""Doors for people: every channel parses, stores through the gateway, and delivers."""
