"""Whether a worker goes on working: what its heartbeat rests on.

Three things can stand still without an end of the process: the loop that takes messages and enforces the limits of
pages, a child that has been given a page, and all children together. An outage of the broker is none of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from celery import Celery, bootsteps
from celery.worker import state

from ocr_worker.children import Children
from read_operations.heartbeat import Heartbeat
from read_operations.settings import Settings

#: The loop turns every ten seconds at least. A command that Redis does not answer holds it up for half a minute, twice.
_LOOP_S: Final = 120
#: A child that replaces another may load for three minutes, after which the pool gives it up.
_LOAD_S: Final = 240


class Liveness:
    """What one worker's parent knows of its loop and its children."""

    def __init__(
        self, worker: Any, children: Children, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Looks after one worker.

        Args:
            worker: Celery's worker.
            children: its children.
            settings: the limit of a page.
            clock: seconds that never go back.
        """
        self._worker = worker
        self._children = children
        # What goes beyond this a child was not killed for, which the loop should have done.
        self._page_s = settings.claim_s
        self._clock = clock
        self._turned = clock()
        self._able: float | None = None
        #: When each message in hand was first seen; by id, and whether a child has begun with it.
        self._since: dict[tuple[str, bool], float] = {}

    def turn(self) -> None:
        """To be called at each turn of the loop, in its thread."""
        now = self._turned = self._clock()
        in_hand = [(str(each.id), each in state.active_requests) for each in state.reserved_requests]
        self._since = {key: self._since.get(key, now) for key in in_hand}

    def complaint(self) -> str | None:
        """What is wrong; None if all is well. Before the first child can read that is something, too."""
        now = self._clock()
        if state.should_stop is not None or state.should_terminate is not None:
            return None  # whoever stops it has a limit of his own
        if self._children.ready():
            self._able = now
        if self._able is None or now - self._able > _LOAD_S:
            return "no child can read"
        if self._worker.consumer is None or self._worker.consumer.connection is None:
            # Celery looks for its broker in the loop's place.
            self._turned, self._since = now, {}
            return None
        if now - self._turned > _LOOP_S:
            return f"the loop has stood still for {now - self._turned:.0f} s"
        for (_, begun), since in self._since.copy().items():
            if now - since > (self._page_s if begun else _LOAD_S):
                return f"a message has been in hand for {now - since:.0f} s, {'' if begun else 'not '}begun with"
        return None


def watch(app: Celery, children: Children, settings: Settings) -> None:
    """Gives the application's worker a heartbeat, from when its first children are forked."""

    class Pulse(bootsteps.StartStopStep):  # type: ignore[misc]  # celery ships no types
        requires = ("celery.worker.components:Pool",)

        def start(self, worker: Any) -> None:
            liveness = Liveness(worker, children, settings)
            worker.hub.on_tick.add(liveness.turn)
            # Until the process ends: pages are still being read while it stops.
            Heartbeat(settings.heartbeat_file, liveness.complaint).start()

    if settings.heartbeat_file is not None:
        app.steps["worker"].add(Pulse)
