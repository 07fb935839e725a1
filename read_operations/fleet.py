"""Which workers are alive, and how many children of theirs are ready to read a page."""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

import redis

from read_operations.redis_store import storage_errors
from read_operations.settings import Settings

#: A worker beats this often …
BEAT_S: Final = 2
#: … and counts as gone after this long without a beat.
_SILENT_S: Final = 7


class Fleet(Protocol):
    """The workers' register."""

    def beat(self, worker: str, ready_children: int) -> None:
        """Says that a worker is alive."""
        ...

    def leave(self, worker: str) -> None:
        """Says that a worker stops."""
        ...

    def ready_children(self) -> int:
        """Children, over all living workers, that can read a page."""
        ...


class RedisFleet:
    """See `Fleet`: one hash, worker -> the moment and the count of its last beat."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._key = f"{settings.key_prefix}:fleet"

    def beat(self, worker: str, ready_children: int) -> None:
        """See `Fleet.beat`."""
        with storage_errors():
            self._redis.hset(self._key, worker, json.dumps([self._now(), ready_children]))
            self._redis.expire(self._key, 24 * 3600)

    def leave(self, worker: str) -> None:
        """See `Fleet.leave`."""
        with storage_errors():
            self._redis.hdel(self._key, worker)

    def ready_children(self) -> int:
        """See `Fleet.ready_children`."""
        with storage_errors():
            now = self._now()
            beats = [json.loads(beat) for beat in self._redis.hvals(self._key)]
        return sum(children for at, children in beats if now - at < _SILENT_S)

    def _now(self) -> int:
        return int(self._redis.time()[0])
