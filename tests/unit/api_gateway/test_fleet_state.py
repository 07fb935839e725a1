from __future__ import annotations

import threading
import time

import pytest

from api_gateway.fleet_state import FleetWatch
from read_operations.errors import StorageUnavailable
from read_operations.settings import Lane, Settings
from read_operations.store import Counts
from read_operations.testing import MemoryFleet, MemoryOperationStore, MemoryQueue
from tests.unit.api_gateway.support import StorageIsDown


class SilentStore(MemoryOperationStore):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.looks = 0
        self.answers = threading.Event()

    def counts(self) -> Counts:
        self.looks += 1
        self.answers.wait(30)
        return super().counts()


def watch(store: MemoryOperationStore, queue: MemoryQueue | None = None) -> FleetWatch:
    return FleetWatch(store=store, queue=queue or MemoryQueue(), fleet=MemoryFleet(ready_children=3))


def test_the_state_has_all_of_the_fleet() -> None:
    queue = MemoryQueue()
    queue.enqueue("a", 1, Lane.BATCH)
    state = watch(MemoryOperationStore(Settings()), queue).state()
    assert state is not None
    assert (state.ready_children, state.depth.waiting[Lane.BATCH], state.counts.unfinished) == (3, 1, 0)


def test_one_look_serves_everybody_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SilentStore()
    store.answers.set()
    watched = watch(store)
    states = [watched.state() for _ in range(20)]
    assert store.looks == 1
    assert all(state is states[0] is not None for state in states)
    monkeypatch.setattr("api_gateway.fleet_state._FRESH_S", 0)
    watched.state()
    assert store.looks == 2


def test_there_is_no_state_without_the_storage() -> None:
    store = StorageIsDown(Settings())
    assert watch(store).state() is None


def test_a_storage_that_is_silent_holds_one_thread_and_nobody_for_long() -> None:
    store = SilentStore()
    watched = watch(store)
    started = time.monotonic()
    assert [watched.state() for _ in range(5)] == [None] * 5
    # All five waited for the same look.
    assert time.monotonic() - started < 3
    assert store.looks == 1
    # When it answers at last, there is a state again
    store.answers.set()
    end = time.monotonic() + 5
    while watched.state() is None:
        assert time.monotonic() < end


@pytest.mark.filterwarnings("default")
def test_what_nobody_expects_is_no_state_either() -> None:
    class Broken(MemoryOperationStore):
        def counts(self) -> Counts:
            raise ValueError("no number")

    assert watch(Broken(Settings())).state() is None


def test_the_error_of_a_storage_is_not_logged_as_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    class Away(MemoryOperationStore):
        def counts(self) -> Counts:
            raise StorageUnavailable

    assert watch(Away(Settings())).state() is None
    assert "Traceback" not in caplog.text
