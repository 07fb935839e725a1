"""The process that watches: `readfleet drop`."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from anyio.from_thread import start_blocking_portal

from document_drop.claims import Claims
from document_drop.delivery import Delivery, Notices
from document_drop.events import EventSource
from document_drop.intake import Intake
from document_drop.places import drop_place
from document_drop.watcher import Watcher
from read_operations.document_stores import document_store
from read_operations.errors import StorageMisconfigured
from read_operations.logs import configure_logging, get_logger
from read_operations.queue import CeleryQueue, celery_app
from read_operations.redis_store import RedisOperationStore, connect
from read_operations.settings import Settings

_log = get_logger(__name__)


def run(settings: Settings) -> int:
    """Watches until SIGTERM or SIGINT.

    Returns:
        The exit code.

    Raises:
        StorageMisconfigured: the drop cannot be used as it is configured.
    """
    configure_logging(settings, "drop")
    stop = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with open_watcher(settings) as watcher:
        watcher.run(stop)
    return 0


@contextlib.contextmanager
def open_watcher(settings: Settings) -> Iterator[Watcher]:
    """A watcher over the real parts."""
    with contextlib.ExitStack() as opened:
        place = opened.enter_context(contextlib.closing(drop_place(settings)))
        place.check()
        documents = document_store(settings)
        documents.check()
        events, notices = _queues(settings, opened)
        client = opened.enter_context(contextlib.closing(connect(settings)))
        portal = opened.enter_context(start_blocking_portal())
        opened.callback(portal.call, documents.close)
        store = RedisOperationStore(client, settings)
        claims = Claims(client, place.id, settings)
        delivery = Delivery(
            place=place, claims=claims, store=store, documents=documents, notices=notices, settings=settings
        )
        intake = Intake(
            place=place,
            claims=claims,
            delivery=delivery,
            store=store,
            documents=documents,
            queue=CeleryQueue(celery_app(settings), client, settings),
            portal=portal,
            settings=settings,
        )
        _log.info("watching", drop=place.title)
        yield Watcher(
            place=place,
            claims=claims,
            intake=intake,
            delivery=delivery,
            store=store,
            events=events,
            settings=settings,
        )


def _queues(settings: Settings, opened: contextlib.ExitStack) -> tuple[EventSource | None, Notices | None]:
    if not (settings.drop_queue or settings.drop_notices_queue):
        return None, None
    try:
        from document_drop.queues import EventQueue, QueueNotices
    except ImportError as error:
        raise StorageMisconfigured(
            f"Queues in Azure need {error.name}, which is not installed: pip install 'readfleet[azure]'"
        ) from error
    events = notices = None
    if settings.drop_queue and settings.drop_container:
        events = opened.enter_context(contextlib.closing(EventQueue(settings, settings.drop_queue)))
        events.check()
    if settings.drop_notices_queue:
        notices = opened.enter_context(contextlib.closing(QueueNotices(settings, settings.drop_notices_queue)))
        notices.check()
    return events, notices
