"""What a worker's children tell their parent, who keeps count of it.

A child may be killed at any moment and another takes its place. So nothing is counted in a child: it sends a message
at the end of each attempt, and a message arrives whole or not at all.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ocr_worker.stopwatch import Kind, Phase
from read_operations.logs import get_logger

_log = get_logger(__name__)

#: Many times what a report takes.
_MAX_BYTES: Final = 8192

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=0)]


class Job(StrEnum):
    """What an attempt is at."""

    SPLIT = "split"
    PAGE = "page"


class Ending(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    FAILED = "failed"  # given up: the page, or the document, will not be read
    RETRIED = "retried"  # it went wrong and is tried again
    RETURNED = "returned"  # a store or the queue was away; the job waits for it
    NEEDLESS = "needless"  # there was nothing left to do


class Reason(StrEnum):
    """Why a child ended."""

    MEMORY = "memory"  # it had grown too far
    COUNT = "count"  # it had done as many jobs as one may
    KILLED = "killed"  # it crashed, or was killed: by the hard limit of a page, or for want of memory
    STOPPED = "stopped"  # the worker stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt at a job has ended."""

    job: Job
    ending: Ending
    kind: Kind
    total_s: Seconds
    seconds: Mapping[Phase, Seconds]
    fetched_bytes: Bytes
    type: Literal["attempt"] = "attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A child is ready, how long it took to load its engine, and how long that then took for its test page."""

    seconds: Seconds
    page_s: Seconds
    type: Literal["started"] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A child ends in good order."""

    reason: Reason
    type: Literal["ended"] = "ended"


Report = Annotated[Attempt | Started | Ended, Field(discriminator="type")]
Tell = Callable[[Attempt | Started | Ended], None]
_REPORTS: Final[TypeAdapter[Attempt | Started | Ended]] = TypeAdapter(Report)


def tell_nobody(_: Attempt | Started | Ended) -> None:
    """Where nobody counts."""


class ReportChannel:
    """A socket pair that is made before the children are forked; all of them write to one end."""

    def __init__(self) -> None:
        self._parents, self._childrens = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._childrens.setblocking(False)

    def tell(self, report: Attempt | Started | Ended) -> None:
        """Sends a report, in a child. It never waits: a parent that does not listen misses some."""
        with contextlib.suppress(OSError):
            self._childrens.send(_REPORTS.dump_json(report))

    def reports(self) -> Iterator[Attempt | Started | Ended]:
        """The reports as they come, without end; one that makes no sense is passed over."""
        while True:
            message = self._parents.recv(_MAX_BYTES)
            try:
                yield _REPORTS.validate_json(message)
            except ValidationError:
                _log.warning("a child's report makes no sense")
