"""The process that watches: `readfleet drop`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from anyio.from_thread import start_blocking_portal

from document_drop.claims import Claims
from document_drop.delivery import Delivery, Notices
from document_drop.events import EventSource
from document_drop.intake import Intake
from document_drop.metrics import DropMetrics
from document_drop.notices import WebhookNotices
from document_drop.places import drop_place
from document_drop.tally import Tally
from document_drop.watcher import Watcher
from read_operations.document_stores import document_store
from read_operations.errors import StorageMisconfigured, StorageUnavailable
from read_operations.extras import how_to_install
from read_operations.heartbeat import Heartbeat, Progress
from read_operations.logs import get_logger
from read_operations.metrics import serve
from read_operations.queue import CeleryQueue, celery_app
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.signals import stop_on_signals
from read_operations.webhooks.outbox import Outbox
from read_operations.webhooks.sender import WebhookSender

_log = get_logger(__name__)

#: No step of a watcher waits for anything but Redis and the place, which are given up before.
_STEP_S: Final = 300


def run(settings: Settings) -> int:
    """Watches until SIGTERM or SIGINT.

    Returns:
        The exit code.

    Raises:
        StorageMisconfigured: the drop cannot be used as it is configured.
    """
    stop = stop_on_signals()
    metrics = DropMetrics()
    if settings.metrics and settings.metrics_port:
        serve(metrics.registry, settings.metrics_port)
    progress = Progress(_STEP_S + settings.drop_interval_s)
    with open_watcher(settings, metrics) as watcher, Heartbeat(settings.heartbeat_file, progress.complaint):
        watcher.run(stop, progress)
    return 0


@contextlib.contextmanager
def open_watcher(settings: Settings, metrics: DropMetrics | None = None) -> Iterator[Watcher]:
    """A watcher over the real parts."""
    metrics = metrics or DropMetrics()
    with contextlib.ExitStack() as opened:
        place = opened.enter_context(contextlib.closing(drop_place(settings)))
        place.check()
        documents = document_store(settings)
        documents.check()
        events, notices = _queues(settings, opened)
        client = opened.enter_context(contextlib.closing(connect(settings)))
        portal = opened.enter_context(start_blocking_portal())
        outbox = Outbox(client, settings)
        notices.append(WebhookNotices(outbox, settings))
        if settings.webhook_hosts:
            sender = WebhookSender(outbox, settings, count=metrics.webhook)
            opened.callback(portal.start_task_soon(sender.run).cancel)
        opened.callback(portal.call, documents.close)
        store = RedisOperationStore(client, settings)
        claims = Claims(client, place.id, settings)
        tally = Tally(client, place.id, settings)
        with contextlib.suppress(StorageUnavailable):  # for people only
            tally.register(place.title)
        delivery = Delivery(
            place=place,
            claims=claims,
            store=store,
            documents=documents,
            notices=notices,
            metrics=metrics,
            settings=settings,
        )
        intake = Intake(
            place=place,
            claims=claims,
            delivery=delivery,
            store=store,
            documents=documents,
            queue=CeleryQueue(celery_app(settings), client, settings),
            metrics=metrics,
            portal=portal,
            settings=settings,
        )
        _log.info("watching", drop=place.title)
        yield Watcher(
            place=place,
            claims=claims,
            tally=tally,
            intake=intake,
            delivery=delivery,
            store=store,
            documents=documents,
            events=events,
            metrics=metrics,
            settings=settings,
        )


def _queues(settings: Settings, opened: contextlib.ExitStack) -> tuple[EventSource | None, list[Notices]]:
    if not (settings.drop_queue or settings.drop_notices_queue):
        return None, []
    try:
        from document_drop.queues import EventQueue, QueueNotices
    except ImportError as error:
        raise StorageMisconfigured(
            f"Queues in Azure need {error.name}, which is not installed. {how_to_install('azure')}"
        ) from error
    events = None
    told: list[Notices] = []
    if settings.drop_queue and settings.drop_container:
        events = opened.enter_context(contextlib.closing(EventQueue(settings, settings.drop_queue)))
        events.check()
    if settings.drop_notices_queue:
        notices = opened.enter_context(contextlib.closing(QueueNotices(settings, settings.drop_notices_queue)))
        notices.check()
        told.append(notices)
    return events, told
