"""The state of the whole fleet, as the storage has it: a second old at most, and had in bounded time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from read_operations.errors import ReadfleetError
from read_operations.fleet import Fleet
from read_operations.logs import get_logger
from read_operations.queue import JobQueue, QueueDepth
from read_operations.store import Counts, OperationStore

_log = get_logger(__name__)

#: An answer serves everybody who asks within this …
_FRESH_S: Final = 1.0
#: … and nobody waits longer for one.
_PATIENCE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """What the fleet has done, does and has before it."""

    counts: Counts
    depth: QueueDepth
    ready_children: int


class FleetWatch:
    """Looks at the fleet when asked, one look at a time however many ask."""

    def __init__(self, *, store: OperationStore, queue: JobQueue, fleet: Fleet) -> None:
        self._store = store
        self._queue = queue
        self._fleet = fleet
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def state(self) -> FleetState | None:
        """The state; None while the storage cannot be reached or does not answer soon."""
        with self._lock:
            look = self._look
            if look is None or look.stale:
                look = self._look = _Look(self._read)
        return look.answer()

    def _read(self) -> FleetState | None:
        try:
            return FleetState(
                counts=self._store.counts(), depth=self._queue.depth(), ready_children=self._fleet.ready_children()
            )
        except ReadfleetError:
            return None


class _Look:
    """One look, in a thread of its own: a storage that is silent may hold it for a long time."""

    def __init__(self, read: Callable[[], FleetState | None]) -> None:
        self._read = read
        self._began = time.monotonic()
        self._ended = 0.0
        self._future: Future[FleetState | None] = Future()
        threading.Thread(target=self._run, name="fleet state", daemon=True).start()

    @property
    def stale(self) -> bool:
        return self._future.done() and time.monotonic() - self._ended > _FRESH_S

    def answer(self) -> FleetState | None:
        try:
            return self._future.result(timeout=max(0.0, self._began + _PATIENCE_S - time.monotonic()))
        except TimeoutError:
            return None

    def _run(self) -> None:
        try:
            state = self._read()
        except Exception:
            _log.exception("the state of the fleet cannot be told")
            state = None
        self._ended = time.monotonic()
        self._future.set_result(state)
