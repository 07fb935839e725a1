"""Connections to Redis or Valkey that ride out a short outage, and what a long one becomes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel

from read_operations.errors import StorageUnavailable
from read_operations.redis_address import Sentinels, store_url
from read_operations.settings import Settings

#: Tries of a command before an outage becomes an error: about a second for a caller that has somebody waiting, …
_HASTY: Final = 4
#: … and half a minute for one that has a page to store.
_PATIENT: Final = 35


def connect(settings: Settings, *, patient: bool = False) -> redis.Redis:
    """A client with bounded waits: a short outage is ridden out (a longer one if `patient`), then it is an error."""
    options: dict[str, Any] = {
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), retries=_PATIENT if patient else _HASTY),
        # A replica that takes no writes: the next connection finds the new primary.
        "retry_on_error": [redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError],
        # With these on, the client no longer notices that a connection holds the answer to somebody else's question.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    sentinels = Sentinels.of(settings)
    if sentinels is None:
        return redis.Redis.from_url(store_url(settings), **options)
    known: Any = Sentinel(sentinels.addresses, sentinel_kwargs=sentinels.sentinel)  # type: ignore[no-untyped-call]
    client: redis.Redis = known.master_for(sentinels.service, **sentinels.server, **options)
    return client


def complaint(settings: Settings) -> str | None:
    """What is wrong with the way to the server, by one try; None if it answers."""
    with contextlib.closing(connect(settings)) as client:
        client.set_retry(Retry(NoBackoff(), 0))
        try:
            client.ping()
        except redis.RedisError as error:
            return str(error)
    return None


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turns what the Redis client raises into `StorageUnavailable`."""
    try:
        yield
    except redis.RedisError as error:
        raise StorageUnavailable from error
