"""The firms the desk serves."""
