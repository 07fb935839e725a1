"""Messages on their way to webhooks, in Redis or Valkey.

Keys, behind the configured prefix and `{webhooks}:` (a hash tag, so all of them lie in one cluster slot):

    due:HOST  zset  id -> when it is to be sent (ms); while a sender has it, minus the time until which that may take
    hosts     zset  host that messages wait for -> when it was last served (us)
    messages  hash  id -> message (JSON)
    letters   list  those that were given up, newest first
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any, Final

import httpx
import redis

from read_operations.logs import get_logger
from read_operations.redis_client import storage_errors
from read_operations.settings import Settings

_log = get_logger(__name__)

#: A sender that has said nothing for so long is dead; longer than a try may take.
_HIDDEN_S: Final = 60
#: Some hundred bytes each; beyond, those that have to wait longest make room.
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

    @property
    def host(self) -> str:
        """Whom it is for; one that is slow must hold up no other."""
        return httpx.URL(self.url).host


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
            pipeline.hsetnx(self._key("messages"), message.id, json.dumps(asdict(message)))
            pipeline.zadd(self._due(message.host), {message.id: self._now_ms()}, nx=True)
            pipeline.zadd(self._key("hosts"), {message.host: 0}, nx=True)
            pipeline.hlen(self._key("messages"))
            *_, waiting = pipeline.execute()
            if waiting > _MOST_WAITING:
                self._make_room(waiting - _MOST_WAITING)

    def take(self, most: int, each: int, in_hand: Mapping[str, int]) -> list[Message]:
        """Some messages whose time has come; nobody else gets them for a minute.

        Args:
            most: so many in all.
            each: so many for each host, with those that the caller has in hand.
            in_hand: how many these are, by host.
        """
        counts = [value for item in in_hand.items() for value in item]
        with storage_errors():
            texts = self._take(
                keys=[self._key("hosts"), self._key("messages")],
                args=[self._due(""), most, each, _HIDDEN_S * 1000, *counts],
            )
        return [replace(each, attempts=each.attempts + 1) for each in map(_message, texts)]

    def received(self, message: Message) -> None:
        """Forgets a message that was received."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.zrem(self._due(message.host), message.id)
            pipeline.hdel(self._key("messages"), message.id)
            pipeline.execute()

    def later(self, message: Message, wait_s: float) -> None:
        """Has a message sent once more, after a while."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.hset(self._key("messages"), message.id, json.dumps(asdict(message)))
            pipeline.zadd(self._due(message.host), {message.id: self._now_ms() + wait_s * 1000})
            pipeline.zadd(self._key("hosts"), {message.host: 0}, nx=True)
            pipeline.execute()

    def give_up(self, message: Message, reason: str) -> None:
        """Lists a message as a dead letter."""
        letter = {"id": message.id, "url": message.url, "reason": reason, "at": time.time()}
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.zrem(self._due(message.host), message.id)
            pipeline.hdel(self._key("messages"), message.id)
            pipeline.lpush(self._key("letters"), json.dumps(letter))
            pipeline.ltrim(self._key("letters"), 0, _KEPT_LETTERS - 1)
            pipeline.execute()

    def waiting(self) -> int:
        """How many messages are on their way."""
        with storage_errors():
            return int(self._redis.hlen(self._key("messages")))

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

    def _make_room(self, messages: int) -> None:
        """Gives up messages of the host with the retry that is due last; where there are none, of the one with most."""
        hosts = [host.decode() for host in self._redis.zrange(self._key("hosts"), 0, -1)]
        now_ms = self._now_ms()
        pipeline = self._redis.pipeline(transaction=False)
        for host in hosts:
            # Later than now: what was put a moment ago is due, and no retry.
            pipeline.zrevrangebyscore(self._due(host), "+inf", f"({now_ms}", 0, 1, withscores=True)
            pipeline.zcard(self._due(host))
        answers = pipeline.execute()
        *_, host = max(
            (retries[0][1] if retries else 0, count, host)
            for host, retries, count in zip(hosts, answers[::2], answers[1::2], strict=True)
        )
        ids = self._redis.zrevrange(self._due(host), 0, messages - 1)
        for text in self._redis.hmget(self._key("messages"), ids):
            if text is not None:  # another was quicker
                self.give_up(_message(text), f"more than {_MOST_WAITING:,} were waiting")
        _log.warning("webhooks given up to make room", messages=len(ids), host=host)

    def _now_ms(self) -> int:
        """By the clock of the server, which every host asks."""
        seconds, microseconds = self._redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def _due(self, host: str) -> str:
        return self._key(f"due:{host}")

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _message(text: bytes) -> Message:
    return Message(**json.loads(text))
