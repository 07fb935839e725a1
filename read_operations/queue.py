"""The queue of page jobs: Celery on Redis, carrying hints and nothing else.

A message says "look at page N of operation X". Whether there is anything to do, and whether it was done, only the
operation's record knows; so a lost message costs a moment and a doubled one nothing. No result backend, no chords,
no countdowns, no revokes.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

import redis
from celery import Celery
from kombu import Queue
from kombu.exceptions import OperationalError

from read_operations.broker import mend_deliveries
from read_operations.errors import ServiceBusy
from read_operations.logs import get_logger
from read_operations.records import Request
from read_operations.redis_address import Sentinels, broker_url
from read_operations.redis_client import storage_errors
from read_operations.settings import OTHER_LANGUAGES, Lane, Settings
from read_operations.store import SPLIT

_log = get_logger(__name__)


class Task(StrEnum):
    """The tasks by name; `ocr_worker` has their bodies."""

    SPLIT = "readfleet.split"
    READ_PAGE = "readfleet.read_page"


class JobQueue(Protocol):
    """Hands jobs to the workers."""

    def enqueue(self, id: str, page: int, queue: str) -> None:
        """Enqueues the reading of a page, or the opening of a document (`SPLIT`); see `queue_of`.

        Raises:
            ServiceBusy: the broker cannot be reached.
        """
        ...

    def view(self) -> BrokerView:
        """What the broker has in hand at this moment."""
        ...

    def depth(self) -> QueueDepth:
        """How much that is, at the cost of one question."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerView:
    """What the broker has in hand: operation and page of each job."""

    #: In the lists: any worker that is free takes it.
    waiting: frozenset[tuple[str, int]]
    #: Given out and not acknowledged, by a worker that may be dead.
    given_out: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """How much the broker has in hand."""

    waiting: Mapping[str, int]
    given_out: int
    #: Seconds since the job was enqueued that is next in a queue; 0 for an empty one, none where it cannot be told.
    age_s: Mapping[str, float]


#: Header of a message: milliseconds since 1970 at which it was enqueued, by the clock of who did.
_ENQUEUED: Final = "enqueued_ms"
#: Seconds the broker may take for an answer. Whoever enqueues has somebody waiting …
_PUBLISHER_TIMEOUT_S: Final = 5
#: … and a worker's blocking read is silent for a while by itself.
_CONSUMER_TIMEOUT_S: Final = 30
_MESSAGES_AT_ONCE: Final = 500
#: As kombu calls it.
_UNACKED: Final = "unacked"
#: A child loads for some seconds, which so many pages outweigh by far.
_TASKS_PER_CHILD: Final = 1000
#: Twice what one has after pages of many shapes (1.1 GB); hostile pages have taken it to 2.2 GB.
_KIB_PER_CHILD: Final = 2_200_000


def queue_of(request: Request, page: int, pages: int, settings: Settings) -> str:
    """The queue for a page of an operation that has so many to read, or for the opening of its document (`SPLIT`)."""
    interactive = not request.patient and pages <= settings.interactive_pages
    lane = Lane.INTERACTIVE if interactive else Lane.BATCH
    # Whoever opens a document does not read it.
    apart = page != SPLIT and request.language in settings.language_queues
    return _queue(lane, request.language if apart else None)


def all_queues(settings: Settings) -> tuple[str, ...]:
    """The queues of the fleet."""
    return tuple(_queue(lane, language) for language in (None, *settings.language_queues) for lane in Lane)


def own_queues(settings: Settings) -> tuple[str, ...]:
    """The queues that a worker takes from."""
    languages = settings.languages or (OTHER_LANGUAGES, *settings.language_queues)
    return tuple(
        _queue(lane, None if language == OTHER_LANGUAGES else language)
        for language in languages
        for lane in settings.queues
    )


def in_hand(settings: Settings) -> str:
    """Name of the hash in which the broker keeps what a worker has been given."""
    # One of its own for who takes only pages in some languages, so that such a pool is scaled by its own pages.
    if not settings.languages or OTHER_LANGUAGES in settings.languages:
        return _UNACKED
    return f"{_UNACKED}-{settings.languages[0]}"


def _all_hands(settings: Settings) -> tuple[str, ...]:
    return (_UNACKED, *(f"{_UNACKED}-{language}" for language in settings.language_queues))


def _queue(lane: Lane, language: str | None) -> str:
    return lane.value if language is None else f"{lane.value}-{language}"


def celery_app(settings: Settings, *, consumes: bool = False) -> Celery:
    """The Celery application of this fleet, without task bodies; for a worker (`consumes`), or for who enqueues."""
    mend_deliveries()
    app = Celery("readfleet", broker=broker_url(settings), set_as_current=False)
    sentinels = Sentinels.of(settings)
    hand = in_hand(settings)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "global_keyprefix": f"{settings.key_prefix}:",
            "visibility_timeout": settings.visibility_timeout_s,
            "unacked_key": hand,
            "unacked_index_key": f"{hand}_index",
            "unacked_mutex_key": f"{hand}_mutex",
            # By default kombu looks for lost messages every 100 s only.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            # By default a worker that is killed while it looks keeps the others from looking for five minutes.
            "unacked_mutex_expire": 15,
            "socket_timeout": _CONSUMER_TIMEOUT_S if consumes else _PUBLISHER_TIMEOUT_S,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "retry_on_timeout": True,
            "health_check_interval": 25,
            **({"master_name": sentinels.service, "sentinel_kwargs": sentinels.sentinel} if sentinels else {}),
        },
        broker_use_ssl=_ssl_options(sentinels),
        task_queues=[Queue(name) for name in all_queues(settings)],
        task_default_queue=Lane.BATCH.value,
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        # A page is acknowledged when it is stored. One whose child died comes back at once; the attempts that the
        # operation's record counts end that.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_soft_time_limit=settings.page_soft_limit_s,
        task_time_limit=settings.page_hard_limit_s,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_step": 0.2},
        worker_prefetch_multiplier=1,
        # Keeps waiting pages in the list, where another worker and the autoscaler see them.
        worker_disable_prefetch=True,
        # A child loads its models before it says it is up.
        worker_proc_alive_timeout=180,
        # A child's memory grows with every shape of page it meets; one that has grown too far is replaced after a page.
        worker_max_tasks_per_child=_TASKS_PER_CHILD,
        worker_max_memory_per_child=_KIB_PER_CHILD,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # What is being read stays with the worker after a lost connection, and so counts by itself.
        worker_enable_prefetch_count_reduction=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_channel_error_retry=True,
    )
    return app


def _ssl_options(sentinels: Sentinels | None) -> dict[str, Any] | None:
    """What kombu wants to be told of TLS to servers that sentinels name; elsewhere the URL says it."""
    if sentinels is None or not sentinels.server.get("ssl"):
        return None
    return {
        "ssl_cert_reqs": "required",
        **{name: value for name, value in sentinels.server.items() if name.startswith("ssl_")},
    }


class CeleryQueue:
    """See `JobQueue`."""

    def __init__(self, app: Celery, client: redis.Redis, settings: Settings) -> None:
        self._app = app
        self._redis: Any = client
        self._prefix = settings.key_prefix
        self._queues = all_queues(settings)
        self._hands = _all_hands(settings)

    def enqueue(self, id: str, page: int, queue: str) -> None:
        """See `JobQueue.enqueue`."""
        try:
            headers = {_ENQUEUED: int(time.time() * 1000)}
            if page == SPLIT:
                self._app.send_task(Task.SPLIT.value, args=[id], queue=queue, headers=headers)
            else:
                self._app.send_task(Task.READ_PAGE.value, args=[id, page], queue=queue, headers=headers)
        except (OperationalError, redis.RedisError) as error:
            raise ServiceBusy from error

    def view(self) -> BrokerView:
        """See `JobQueue.view`."""
        waiting: set[tuple[str, int]] = set()
        given_out: set[tuple[str, int]] = set()
        with storage_errors():
            # The lists before the hash, in the direction messages move, so that none slips past between two reads.
            for name in self._queues:
                key, start = f"{self._prefix}:{name}", 0
                while messages := self._redis.lrange(key, start, start + _MESSAGES_AT_ONCE - 1):
                    waiting.update(filter(None, map(_job, messages)))
                    start += _MESSAGES_AT_ONCE
            for name in self._hands:
                for _, delivery in self._redis.hscan_iter(f"{self._prefix}:{name}", count=_MESSAGES_AT_ONCE):
                    if job := _job(delivery):
                        given_out.add(job)
        return BrokerView(frozenset(waiting), frozenset(given_out))

    def depth(self) -> QueueDepth:
        """See `JobQueue.depth`."""
        with storage_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for name in self._queues:
                pipeline.llen(f"{self._prefix}:{name}")
                # Messages are put in at the head and taken from the tail.
                pipeline.lindex(f"{self._prefix}:{name}", -1)
            for name in self._hands:
                pipeline.hlen(f"{self._prefix}:{name}")
            answers = pipeline.execute()
        found, given_out = answers[: -len(self._hands)], answers[-len(self._hands) :]
        ages = {name: _age_s(message) for name, message in zip(self._queues, found[1::2], strict=True)}
        return QueueDepth(
            waiting=dict(zip(self._queues, found[::2], strict=True)),
            given_out=sum(given_out),
            age_s={name: age for name, age in ages.items() if age is not None},
        )


def _age_s(message: bytes | None) -> float | None:
    """Seconds since a message was enqueued, 0 for none; None if it does not say."""
    if message is None:
        return 0
    try:
        enqueued_ms = int(json.loads(message)["headers"][_ENQUEUED])
        return max(0.0, time.time() - enqueued_ms / 1000)
    except (ValueError, KeyError, TypeError):
        return None


def _job(message: bytes) -> tuple[str, int] | None:
    """Operation and page that a kombu message, or the record of its delivery, is about; None if it is not ours."""
    try:
        content = json.loads(message)
        body = content[0]["body"] if isinstance(content, list) else content["body"]
        id, *page = json.loads(base64.b64decode(body))[0]
        return id, int(page[0]) if page else SPLIT
    except (ValueError, KeyError, IndexError, TypeError):
        _log.warning("a message in the queue is not ours", message=message[:200])
        return None
