"""In-memory twins of the job queue and of the register of workers."""

from __future__ import annotations

import time

from read_operations.queue import BrokerView, QueueDepth
from read_operations.settings import Lane


class MemoryQueue:
    """The twin of the job queue: what was enqueued, oldest first."""

    def __init__(self) -> None:
        self.waiting_jobs: list[tuple[str, int, str]] = []
        #: What a test says that workers hold.
        self.given_out: set[tuple[str, int]] = set()
        self._enqueued_at: dict[tuple[str, int, str], float] = {}

    def enqueue(self, id: str, page: int, queue: str) -> None:
        """See `JobQueue.enqueue`."""
        self.waiting_jobs.append((id, page, queue))
        self._enqueued_at[id, page, queue] = time.time()

    def view(self) -> BrokerView:
        """See `JobQueue.view`."""
        return BrokerView(frozenset((id, page) for id, page, _ in self.waiting_jobs), frozenset(self.given_out))

    def depth(self) -> QueueDepth:
        """See `JobQueue.depth`."""
        now = time.time()
        names = {*Lane, *(queue for _, _, queue in self.waiting_jobs)}
        ages = {name: [now - self._enqueued_at[job] for job in self.waiting_jobs if job[2] == name] for name in names}
        return QueueDepth(
            waiting={name: len(each) for name, each in ages.items()},
            given_out=len(self.given_out),
            age_s={name: each[0] if each else 0 for name, each in ages.items()},
        )

    def pop(self) -> tuple[str, int, str]:
        """Takes the oldest job."""
        return self.waiting_jobs.pop(0)


class MemoryFleet:
    """The twin of `RedisFleet`."""

    def __init__(self, ready_children: int = 0) -> None:
        self._beats: dict[str, int] = {}
        if ready_children:
            self.beat("memory", ready_children)

    def beat(self, worker: str, ready_children: int) -> None:
        """See `Fleet.beat`."""
        self._beats[worker] = ready_children

    def leave(self, worker: str) -> None:
        """See `Fleet.leave`."""
        self._beats.pop(worker, None)

    def ready_children(self) -> int:
        """See `Fleet.ready_children`."""
        return sum(self._beats.values())
