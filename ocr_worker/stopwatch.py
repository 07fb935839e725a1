"""Where the time of a job goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum


class Phase(StrEnum):
    """What a job does one after the other."""

    CLAIM = "claim"  # asking the record what there is to do
    FETCH = "fetch"  # getting hold of the document
    OPEN = "open"  # counting its pages
    TEXT_LAYER = "text_layer"  # looking for a text layer, and taking it
    RENDER = "render"  # decoding or drawing the page
    DETECTION = "detection"  # finding lines
    RECOGNITION = "recognition"  # reading them, and putting them in order
    STORE = "store"  # keeping what was read, and handing out the next page


class Kind(StrEnum):
    """What a page was read from."""

    UNKNOWN = "unknown"  # the attempt did not come so far, or was at no page
    TEXT_LAYER = "text_layer"  # pictures on the page read as well
    PICTURE = "picture"


class Stopwatch:
    """Says of each phase how long it took, from one call of `lap` to the next."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Begins now.

        Args:
            clock: seconds that never go back.
        """
        self.kind = Kind.UNKNOWN
        self.seconds: dict[Phase, float] = {}
        self._clock = clock
        self._began = self._mark = clock()

    @property
    def total_s(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    def lap(self, phase: Phase, seconds: float | None = None) -> None:
        """Books the time since the last call on a phase; or only so much of it, and leaves the rest to the next."""
        now = self._clock()
        spent = now - self._mark if seconds is None else min(seconds, now - self._mark)
        self.seconds[phase] = self.seconds.get(phase, 0.0) + spent
        self._mark += spent
