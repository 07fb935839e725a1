"""What became of dropped documents, as the ends of their claims have counted it, in Redis or Valkey.

Keys, behind the configured prefix: `drops`, a hash with the title of each place; and behind `drop:{place}:`

    counts    hash  succeeded, failed, skipped, dead, bytes, written, garbage -> how many
    failures  list  the last failures, newest first
    letters   list  dead letters: documents and events that were given up, newest first
    departed  hash  standing|prefix (JSON) -> documents that were moved or deleted after they were read
    gone      zset  those prefixes, by when the last one was (ms); the oldest make room
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Final

import redis

from document_drop.place import Standing
from read_operations.redis_client import storage_errors
from read_operations.settings import Settings

#: Failures and letters.
KEPT_ENTRIES: Final = 1000


class Tally:
    """The counts and lists of one place."""

    def __init__(self, client: redis.Redis, place: str, settings: Settings) -> None:
        # redis-py types each answer as text, bytes or both; the client made by `connect` answers bytes.
        self._redis: Any = client
        self._drops = f"{settings.key_prefix}:drops"
        self._place = place
        self._prefix = f"{settings.key_prefix}:drop:{{{place}}}"

    def register(self, title: str) -> None:
        """Makes the place known to `registered`."""
        with storage_errors():
            self._redis.hset(self._drops, self._place, title)

    def bury_event(self, text: str, reason: str) -> None:
        """Keeps an event that says nothing as a dead letter."""
        letter = json.dumps({"event": text[:1000], "reason": reason, "at": time.time()})
        with storage_errors():
            self._redis.lpush(self._key("letters"), letter)
            self._redis.ltrim(self._key("letters"), 0, KEPT_ENTRIES - 1)
            self._redis.hincrby(self._key("counts"), "garbage", 1)

    def counts(self) -> dict[str, int]:
        """How many documents came to what end, ever; and the bytes that were taken in and written."""
        with storage_errors():
            counts = self._redis.hgetall(self._key("counts"))
        return {name.decode(): int(count) for name, count in counts.items()}

    def departed(self) -> Iterator[tuple[str, Standing, int]]:
        """Prefix, standing and number of the documents that are no longer there."""
        with storage_errors():
            counts = self._redis.hgetall(self._key("departed"))
        for field, count in counts.items():
            standing, _, prefix = field.decode().partition("|")
            yield json.loads(prefix), Standing(standing), int(count)

    def failures(self, most: int) -> list[dict[str, Any]]:
        """The last failures, newest first."""
        return self._list("failures", most)

    def letters(self, most: int) -> list[dict[str, Any]]:
        """The last dead letters, newest first."""
        return self._list("letters", most)

    def clear_letters(self) -> int:
        """Empties the list of dead letters; how many there were."""
        with storage_errors():
            pipeline = self._redis.pipeline()
            pipeline.llen(self._key("letters"))
            pipeline.delete(self._key("letters"))
            count, _ = pipeline.execute()
        return int(count)

    def _list(self, name: str, most: int) -> list[dict[str, Any]]:
        with storage_errors():
            return [json.loads(text) for text in self._redis.lrange(self._key(name), 0, most - 1)]

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def registered(client: redis.Redis, settings: Settings) -> Iterator[tuple[str, Tally]]:
    """The places that were ever watched, by their titles."""
    redis_client: Any = client
    with storage_errors():
        drops = redis_client.hgetall(f"{settings.key_prefix}:drops")
    for place, title in drops.items():
        yield title.decode(), Tally(client, place.decode(), settings)
