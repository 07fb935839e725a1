"""Which workers are alive, and how many children of theirs are ready to read a page."""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

import redis

from read_operations.redis_client import storage_errors
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
            now = self._now()
            gone = [name for name, beat in self._redis.hgetall(self._key).items() if _silent(beat, now)]
            if gone:
                self._redis.hdel(self._key, *gone)
            self._redis.hset(self._key, worker, json.dumps([now, ready_children]))

    def leave(self, worker: str) -> None:
        """See `Fleet.leave`."""
        with storage_errors():
            self._redis.hdel(self._key, worker)

    def ready_children(self) -> int:
        """See `Fleet.ready_children`."""
        with storage_errors():
            now = self._now()
            beats = self._redis.hvals(self._key)
        return sum(json.loads(beat)[1] for beat in beats if not _silent(beat, now))

    def _now(self) -> int:
        return int(self._redis.time()[0])


def _silent(beat: bytes, now: int) -> bool:
    return now - int(json.loads(beat)[0]) >= _SILENT_S
