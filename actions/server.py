"""rasa-sdk's server with our actions, and whether it can answer questions yet."""

import logging
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from actions.knowledge import shelf
from desk.threads import close_thread_connections

logger = logging.getLogger(__name__)

STOP_SECONDS = 2.0


def make_app() -> Sanic[Any, Any]:
    """The server, not yet running: POST /webhook, GET /health, GET /ready."""
    executor = ActionExecutor()
    executor.register_package("actions")
    # No browser page has any business here.
    app: Sanic[Any, Any] = create_app(executor, cors_origins=None)
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_SECONDS
    # Rasa gives up an idle connection first, so it never sends on one that is just closing.
    app.config.KEEP_ALIVE_TIMEOUT = 60

    async def ready(_: Request) -> HTTPResponse:
        if shelf.ready:
            return response.json({"status": "ok"})
        return response.json({"status": "not_ready", "reason": shelf.reason}, status=503)

    async def start(_: object) -> None:
        shelf.fill_in_background()
        logger.info("Action server ready: %s", ", ".join(sorted(executor.actions)))

    async def stop(_: object) -> None:
        close_thread_connections()

    app.add_route(ready, "/ready")
    app.register_listener(start, "after_server_start")
    app.register_listener(stop, "after_server_stop")
    return app
