"""Messages on their way to webhooks, in Redis or Valkey.

Keys, behind the configured prefix and `{webhooks}:` (a hash tag, so all of them lie in one cluster slot):

    due       zset  id -> when it is to be sent (ms)
    messages  hash  id -> message (JSON)
    letters   list  those that were given up, newest first
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any, Final

import redis

from read_operations.logs import get_logger
from read_operations.redis_client import storage_errors
from read_operations.settings import Settings

_log = get_logger(__name__)

#: A sender that has said nothing for so long is dead; longer than a try may take.
_HIDDEN_S: Final = 60
#: Some hundred bytes each; with so many the oldest make room.
_MOST_WAITING: Final = 100_000
_KEPT_LETTERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be told to whom."""

    #: The same for a message that is put in again; receivers tell by it what they have got twice.
    id: str
    url: str
    #: JSON.
    body: str
    #: Tries begun.
    attempts: int = 0


class Outbox:
    """Keeps messages until they are received or given up, whatever becomes of the processes."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._prefix = f"{settings.key_prefix}:{{webhooks}}"
        script = resources.files("read_operations").joinpath("lua", "take_webhooks.lua").read_text()
        self._take = client.register_script(script)

    def put(self, message: Message) -> None:
        """Has a message sent as soon as can be; nothing if it waits already."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.hset(self._key("messages"), message.id, json.dumps(asdict(message)))
            # Whole, as the server's clock is read: at once means in this millisecond, too.
            pipeline.zadd(self._key("due"), {message.id: int(time.time() * 1000)}, nx=True)
            pipeline.zcard(self._key("due"))
            *_, waiting = pipeline.execute()
            if waiting > _MOST_WAITING:
                for id, _ in self._redis.zpopmin(self._key("due"), waiting - _MOST_WAITING):
                    self._redis.hdel(self._key("messages"), id)
                _log.warning("webhooks that waited longest were dropped", messages=waiting - _MOST_WAITING)

    def take(self, most: int) -> list[Message]:
        """Some messages whose time has come; nobody else gets them for a minute."""
        with storage_errors():
            ids = self._take(keys=[self._key("due")], args=[most, _HIDDEN_S * 1000])
            texts = self._redis.hmget(self._key("messages"), ids) if ids else []
            for id, text in zip(ids, texts, strict=True):
                if text is None:
                    self._redis.zrem(self._key("due"), id)
        return [replace(each, attempts=each.attempts + 1) for each in (_message(text) for text in texts if text)]

    def received(self, message: Message) -> None:
        """Forgets a message that was received."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.zrem(self._key("due"), message.id)
            pipeline.hdel(self._key("messages"), message.id)
            pipeline.execute()

    def later(self, message: Message, wait_s: float) -> None:
        """Has a message sent once more, after a while."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.hset(self._key("messages"), message.id, json.dumps(asdict(message)))
            pipeline.zadd(self._key("due"), {message.id: (time.time() + wait_s) * 1000})
            pipeline.execute()

    def give_up(self, message: Message, reason: str) -> None:
        """Lists a message as a dead letter."""
        letter = {"id": message.id, "url": message.url, "reason": reason, "at": time.time()}
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.zrem(self._key("due"), message.id)
            pipeline.hdel(self._key("messages"), message.id)
            pipeline.lpush(self._key("letters"), json.dumps(letter))
            pipeline.ltrim(self._key("letters"), 0, _KEPT_LETTERS - 1)
            pipeline.execute()

    def waiting(self) -> int:
        """How many messages are on their way."""
        with storage_errors():
            return int(self._redis.zcard(self._key("due")))

    def letters(self, most: int) -> list[dict[str, Any]]:
        """The last that were given up, newest first: id, url, reason, and when (seconds since 1970)."""
        with storage_errors():
            return [json.loads(text) for text in self._redis.lrange(self._key("letters"), 0, most - 1)]

    def clear_letters(self) -> int:
        """Empties the list of those; how many there were."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.llen(self._key("letters"))
            pipeline.delete(self._key("letters"))
            count, _ = pipeline.execute()
        return int(count)

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _message(text: bytes) -> Message:
    return Message(**json.loads(text))
