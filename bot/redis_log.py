"""The dialogue's events in Redis, for those who keep no state on disk; idle ones expire there."""

import json
from collections.abc import Sequence

import redis

from bot.event_log import Entry, Overtaken, Read

KEPT_SECONDS = 30 * 86_400
PATIENCE_SECONDS = 3
PAGE = 64
PREFIX = "peipao:dialogue:"
PERSON, BOT = "user", "bot"

# Checked and written in one step. Keys: the events, the places of numbered ones. Arguments: after,
# seconds kept, then kind, message id and event of each. The last session's place is kept with
# those of the messages, under a name no message has.
_APPEND = """
local length = redis.call('LLEN', KEYS[1])
if length ~= tonumber(ARGV[1]) then return -1 end
for i = 3, #ARGV, 3 do
  if ARGV[i + 1] ~= '' and redis.call('HEXISTS', KEYS[2], 'message:' .. ARGV[i + 1]) == 1 then
    return -1
  end
end
for i = 3, #ARGV, 3 do
  local place = redis.call('RPUSH', KEYS[1], ARGV[i + 2]) - 1
  if ARGV[i + 1] ~= '' then redis.call('HSET', KEYS[2], 'message:' .. ARGV[i + 1], place) end
  if ARGV[i] == 'session_started' then redis.call('HSET', KEYS[2], 'session', place) end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return redis.call('LLEN', KEYS[1])
"""


class RedisLog:
    """An EventLog on the server at `url`: a list of events and a hash of places each."""

    remote = True

    def __init__(self, url: str) -> None:
        self._server = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            health_check_interval=30,
        )
        self._server.ping()
        self._append = self._server.register_script(_APPEND)

    def append(self, conversation: str, entries: Sequence[Entry], *, after: int) -> int:
        """See EventLog."""
        arguments: list[str | int] = [after, KEPT_SECONDS]
        for entry in entries:
            arguments += [entry.kind, entry.message_id or "", entry.event]
        last = int(self._append(keys=_keys(conversation), args=arguments))
        if last < 0:
            raise Overtaken
        return last

    def position(self, conversation: str) -> int:
        """See EventLog."""
        return int(self._server.llen(_keys(conversation)[0]))

    def session(self, conversation: str) -> Read:
        """See EventLog."""
        events, places = _keys(conversation)
        start = int(self._server.hget(places, "session") or 0)
        found = self._server.lrange(events, start, -1)
        return Read(tuple(found), start + len(found) if found else 0)

    def everything(self, conversation: str) -> Read:
        """See EventLog."""
        found = self._server.lrange(_keys(conversation)[0], 0, -1)
        return Read(tuple(found), len(found))

    def turn(self, conversation: str, message_id: str) -> str | None:
        """See EventLog."""
        events, places = _keys(conversation)
        place = self._server.hget(places, f"message:{message_id}")
        found: str | None = None if place is None else self._server.lindex(events, int(place))
        return found

    def said(self, conversation: str, message_id: str) -> list[str] | None:
        """See EventLog."""
        events, places = _keys(conversation)
        place = self._server.hget(places, f"message:{message_id}")
        if place is None:
            return None
        said: list[str] = []
        start = int(place) + 1
        while page := self._server.lrange(events, start, start + PAGE - 1):
            for event in page:
                kind = json.loads(event)["event"]
                if kind == PERSON:
                    return said
                if kind == BOT:
                    said.append(event)
            start += PAGE
        return said

    def conversations(self) -> list[str]:
        """See EventLog."""
        found = self._server.scan_iter(match=f"{PREFIX}{{*}}:events")
        return [key[len(PREFIX) + 1 : -len("}:events")] for key in found]

    def forget(self, conversation: str) -> None:
        """See EventLog."""
        self._server.delete(*_keys(conversation))

    def forget_before(self, moment: float) -> int:
        """Nothing: the server lets idle conversations expire by itself."""
        return 0

    def close(self) -> None:
        """See EventLog."""
        self._server.close()


def _keys(conversation: str) -> list[str]:
    """The conversation's two keys; the braces keep them together on a cluster."""
    return [f"{PREFIX}{{{conversation}}}:events", f"{PREFIX}{{{conversation}}}:places"]
