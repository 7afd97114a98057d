"""Rasa's server as we run it: our door only, loopback, one process, turns saved or not at all."""

import asyncio
import logging
import os
import threading
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

import aiohttp
from rasa.core.agent import Agent
from rasa.core.run import configure_app, create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot import event_log, paths, rasa_patches, training
from bot.input_channel import Turns
from bot.tracker_store import BoundedTrackerStore

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
ACTION_SECONDS = 20
STOP_SECONDS = 1.5


class CannotServe(Exception):
    """Something the server needs is missing; the message says what to do."""


class ActionEndpoint(EndpointConfig):
    """The action server over kept connections; Rasa makes a new session for every call."""

    _kept: aiohttp.ClientSession | None = None

    def session(self) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
        """The one session of the running loop, which leaving `async with` does not close."""
        if self._kept is None:
            self._kept = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ACTION_SECONDS),
                # An idle connection that the action server closed must not cost a turn.
                connector=aiohttp.TCPConnector(keepalive_timeout=3, limit=64),
            )
        return nullcontext(self._kept)

    async def close(self) -> None:
        """Closes the kept connections."""
        if self._kept is not None:
            await self._kept.close()


def load(model: Path) -> tuple[Agent, BoundedTrackerStore]:
    """The agent of `model` and its store, as endpoints.yml names them. Raises CannotServe."""
    endpoints = AvailableEndpoints.read_endpoints(str(paths.ENDPOINTS))
    store = TrackerStore.create(endpoints.tracker_store)
    if not isinstance(store, BoundedTrackerStore):
        raise CannotServe("endpoints.yml must name bot.tracker_store.BoundedTrackerStore")
    if endpoints.action is None:
        raise CannotServe("endpoints.yml names no action_endpoint")
    agent = Agent.load(
        str(model),
        tracker_store=store,
        action_endpoint=ActionEndpoint(endpoints.action.url, **endpoints.action.kwargs),
    )
    # Rasa wraps the store in one that goes on in memory when a save fails: then the gateway
    # would be told of a turn that is not on disk.
    agent.tracker_store = agent.processor.tracker_store = store
    store.domain = agent.domain
    return agent, store


def make_app(model: Path, port: int) -> Sanic:
    """The server, not yet running; it answers 503 until the model is loaded."""
    app = configure_app(
        create_http_input_channels(None, str(paths.CREDENTIALS)),
        enable_api=False,
        port=port,
        keep_alive_timeout=60,
    )
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_SECONDS
    app.config.ACCESS_LOG = False

    async def load_model(app: Sanic) -> None:
        started = time.monotonic()
        try:
            agent, store = await asyncio.to_thread(load, model)
            forgotten = await store.forget_idle()
        except Exception:
            logger.exception("The dialogue model cannot be served")
            # A server that will never answer is worse than none: the supervisor sees it end.
            os._exit(1)
        app.ctx.agent, app.ctx.store = agent, store
        app.ctx.turns = Turns(agent, store)
        logger.info(
            "Dialogue ready: %s loaded in %.1f s, %d events of idle conversations forgotten",
            model.name,
            time.monotonic() - started,
            forgotten,
        )

    async def stop_soon(app: Sanic, _: object) -> None:
        # A model still loading or a turn that waits for the action server cannot be waited for;
        # what is not saved by now will be asked for again.
        deadline = threading.Timer(STOP_SECONDS + 0.5, os._exit, (0,))
        deadline.daemon = True
        deadline.start()

    async def close(app: Sanic, _: object) -> None:
        if (agent := getattr(app.ctx, "agent", None)) is not None:
            await agent.action_endpoint.close()
            app.ctx.store.close()

    app.add_task(load_model)
    app.register_listener(stop_soon, "before_server_stop")
    app.register_listener(close, "after_server_stop")
    return app


def serve(port: int) -> None:
    """Serves the newest model on loopback `port` until a signal ends it. Raises CannotServe."""
    rasa_patches.apply()
    model = training.newest_model()
    if model is None:
        raise CannotServe(f"no model in {paths.models_dir()}: run `python -m bot train` first")
    if model != training.model_path():
        logger.warning("%s was trained before the latest changes: `python -m bot train`", model)
    if "ACTIONS_PORT" not in os.environ:
        raise CannotServe("ACTIONS_PORT is not set: where does the action server listen?")
    # endpoints.yml names it; Rasa fills it in from the environment.
    try:
        os.environ["TRACKER_URL"] = event_log.address()
    except event_log.WrongAddress as error:
        raise CannotServe(str(error)) from error
    make_app(model, port).run(host=HOST, port=port, workers=1, access_log=False, motd=False)
