"""Finds the policy passages that answer a question; knows nothing of the rooms above it."""
