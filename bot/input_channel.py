"""Our door into Rasa: one message id is one turn, however often it is asked for.

POST turn   {"conversation", "message_id", "text"} → {"replies": [...], "repeated": bool}
GET  health → 200 once a model is loaded
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import matters, resume
from bot.rasa_patches import TurnAborted
from bot.tracker_store import BoundedTrackerStore

logger = logging.getLogger(__name__)

MAX_MESSAGE_ID = 200
MAX_TEXT = 20_000

NO_TEXT = "……"  # its features are none, so it is met as a message that was not understood
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

# Never silence: said when the rules end a turn without a word, and logged as our fault.
NOTHING_SAID = {
    "text": "这句我没处理好，请换个说法再试一次，或者找工作人员。",
    "buttons": [{"title": "转人工", "payload": "转人工"}],
    "citations": [],
}


# Whatever is said while the form asks for these is the matter itself, however many sentences.
TELLS_THE_MATTER = {"ticket_what", "ticket_category", "own_words"}


class BadRequest(Exception):
    """The caller's body is not a turn; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One message of one conversation, as the gateway sends it."""

    conversation: str
    message_id: str
    text: str

    @classmethod
    def read(cls, body: object) -> "TurnRequest":
        """Raises BadRequest unless `body` holds the three fields, well formed."""
        if not isinstance(body, dict):
            raise BadRequest("请求内容应当是一个 JSON 对象。")
        fields = [body.get(name) for name in ("conversation", "message_id", "text")]
        values = [value for value in fields if isinstance(value, str)]
        if len(values) < len(fields):
            raise BadRequest("conversation、message_id、text 都必须是字符串。")
        conversation, message_id, text = values
        try:
            conversation = str(UUID(conversation))
        except ValueError as error:
            raise BadRequest("conversation 必须是 UUID。") from error
        if not 0 < len(message_id) <= MAX_MESSAGE_ID:
            raise BadRequest(f"message_id 长度应在 1 到 {MAX_MESSAGE_ID} 之间。")
        if len(text) > MAX_TEXT:
            raise BadRequest(f"text 不能超过 {MAX_TEXT} 个字符。")
        return cls(conversation, message_id, text)


class Silent(OutputChannel):
    """Replies are read from the saved events, so that a repeated turn gives the very same ones."""

    @classmethod
    def name(cls) -> str:
        """The channel that responses may be written for."""
        return "peipao"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Says nothing by itself."""


class Turns:
    """Makes turns: each conversation's one after the other, each message id once."""

    def __init__(self, agent: Agent, store: BoundedTrackerStore) -> None:
        self._agent = agent
        self._store = store
        self._running: dict[tuple[str, str], asyncio.Task[tuple[list[BotUttered], bool]]] = {}
        self._locks: dict[str, tuple[asyncio.Lock, list[None]]] = {}

    async def take(self, turn: TurnRequest) -> tuple[list[dict[str, Any]], bool]:
        """The turn's replies, and whether it had been made or begun before. Raises TurnAborted."""
        key = (turn.conversation, turn.message_id)
        task = self._running.get(key)
        joined = task is not None
        if task is None:
            task = asyncio.create_task(self._make(turn))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # A caller that hangs up must not stop a turn that another may have joined.
        said, made_before = await asyncio.shield(task)
        return as_replies(said), joined or made_before

    async def _made(self, turn: TurnRequest) -> list[BotUttered] | None:
        """What was said to all matters of the turn; None while one of them is not saved."""
        texts = await self._store.matters(turn.conversation, turn.message_id)
        if texts is None:
            return None
        said: list[BotUttered] = []
        for part in range(len(texts)):
            message_id = part_id(turn.message_id, part)
            part_said = await self._store.utterances(turn.conversation, message_id)
            if part_said is None:
                return None
            said += part_said
        return said

    async def _make(self, turn: TurnRequest) -> tuple[list[BotUttered], bool]:
        """What is said to the turn, and whether it was said before. Raises TurnAborted."""
        try:
            made = await self._made(turn)
            if made is not None:
                return made, True
            async with self._alone(turn.conversation):
                return await self._made_now(turn), False
        except TurnAborted:
            raise
        except Exception as error:
            # The store cannot be reached, or another process was faster: nothing is half done.
            raise TurnAborted(str(error)) from error

    async def _made_now(self, turn: TurnRequest) -> list[BotUttered]:
        # A turn that was cut off between its matters goes on where it stopped.
        texts = await self._store.matters(turn.conversation, turn.message_id)
        if texts is None:
            texts = await self._matters(turn)
        for part, text in enumerate(texts):
            message_id = part_id(turn.message_id, part)
            if await self._store.utterances(turn.conversation, message_id) is None:
                await self._one(turn.conversation, message_id, text, texts)
        await self._remind(turn.conversation)
        made = await self._made(turn)
        if made is None:
            raise TurnAborted("the turn was not saved")
        if not made:
            logger.error("A turn ended without a word: message %s", turn.message_id)
        return made

    async def _matters(self, turn: TurnRequest) -> list[str]:
        text = neutral(turn.text)
        tracker = await self._store.look(turn.conversation)
        asked = tracker.get_slot("requested_slot") if tracker and tracker.active_loop_name else None

        async def understand(part: str) -> tuple[str, float]:
            parsed = await self._agent.processor.parse_message(
                UserMessage(part), only_output_properties=True
            )
            return parsed["intent"]["name"] or "", parsed["intent"]["confidence"] or 0.0

        return await matters.split(
            text, understand, in_form=asked is not None, telling=asked in TELLS_THE_MATTER
        )

    async def _one(self, conversation: str, message_id: str, text: str, texts: list[str]) -> None:
        message = UserMessage(
            text,
            Silent(),
            conversation,
            input_channel=Silent.name(),
            message_id=message_id,
            metadata={"matters": texts} if len(texts) > 1 else None,
        )
        # Not agent.handle_message: its lock looks again only once a second.
        await self._agent.processor.handle_message(message)

    async def _remind(self, conversation: str) -> None:
        tracker = await self._store.look(conversation)
        said = resume.reminder(tracker) if tracker else None
        if tracker is not None and said is not None:
            tracker.update(said)
            await self._store.save(tracker)

    @asynccontextmanager
    async def _alone(self, conversation: str) -> AsyncIterator[None]:
        """First come, first served within a conversation."""
        lock, users = self._locks.setdefault(conversation, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                yield
        finally:
            users.pop()
            if not users:
                del self._locks[conversation]


def part_id(message_id: str, part: int) -> str:
    """The id of a message's matter: its own for the first, `id#2` for the second."""
    return f"{message_id}#{part + 1}" if part else message_id


def neutral(text: str) -> str:
    """`text` as Rasa may read it: no control characters, not empty, no leading slash.

    Rasa would take `/name` for an intent and obey it.
    """
    bare = _INVISIBLE.sub("", text).strip()
    return f"／{bare[1:]}" if bare.startswith("/") else bare or NO_TEXT


def as_replies(said: list[BotUttered]) -> list[dict[str, Any]]:
    """What the bot said, as the gateway passes it on."""
    replies = []
    for utterance in said:
        data = utterance.data or {}
        replies.append(
            {
                "text": utterance.text or "",
                "buttons": [
                    {"title": button["title"], "payload": button["payload"]}
                    for button in data.get("buttons") or []
                ],
                "citations": (data.get("custom") or {}).get("citations", []),
            }
        )
    # Of several matters the earlier one's question may be asked again at the end: once is enough.
    later = [{reply["text"] for reply in replies[place + 1 :]} for place in range(len(replies))]
    once = [
        reply for reply, after in zip(replies, later, strict=True) if reply["text"] not in after
    ]
    return once or [NOTHING_SAID]


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return response.json(
        {"error": {"code": code, "message": message}}, status=status, ensure_ascii=False
    )


class PeipaoInput(InputChannel):
    """The door as Rasa mounts it, at /webhooks/peipao."""

    @classmethod
    def name(cls) -> str:
        """The last part of our address."""
        return "peipao"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes; `app.ctx.turns` is there once a model is loaded."""
        door = Blueprint("peipao")

        @door.get("/health")
        async def health(request: Request) -> HTTPResponse:
            if _turns(request.app) is None:
                return _error(503, "model_not_ready", "对话模型正在加载。")
            return response.json({"status": "ok"})

        @door.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            try:
                asked = TurnRequest.read(_body(request))
            except BadRequest as error:
                return _error(400, "bad_request", str(error))
            turns = _turns(request.app)
            if turns is None:
                return _error(503, "model_not_ready", "对话模型正在加载，请稍后再试。")
            try:
                replies, repeated = await turns.take(asked)
            except TurnAborted as error:
                # Names the action, never the person's words.
                logger.warning("Turn of message %s aborted: %r", asked.message_id, error.__cause__)
                return _error(
                    503, "turn_aborted", "这一轮没有办成，什么也没有保存，请用同一编号再试。"
                )
            return response.json({"replies": replies, "repeated": repeated}, ensure_ascii=False)

        return door


def _turns(app: Sanic) -> Turns | None:
    turns: Turns | None = getattr(app.ctx, "turns", None)
    return turns


def _body(request: Request) -> object:
    try:
        return request.json
    except Exception as error:
        raise BadRequest("请求内容不是 JSON。") from error
