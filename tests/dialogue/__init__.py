"""Conversations with the running product, written down as a chat: see README.md."""
