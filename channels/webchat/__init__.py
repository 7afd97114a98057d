"""The web chat: the page at `/` and its API under `/api/chat/`."""
