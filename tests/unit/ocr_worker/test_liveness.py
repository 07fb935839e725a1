"""What a worker's heartbeat rests on: its loop, and its children."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.worker import state

from ocr_worker.children import Children, ready_file
from ocr_worker.liveness import Liveness
from read_operations.settings import Settings


class Request:
    """As Celery's, of which only the id counts."""

    def __init__(self, id: str) -> None:
        self.id = id


class Watched:
    """A worker that is connected, and whose one child can read: this process stands in for it."""

    def __init__(self, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.worker = SimpleNamespace(consumer=SimpleNamespace(connection="connected"))
        self.able = True
        children = Children(run_dir)
        monkeypatch.setattr(children, "ready", lambda: [os.getpid()] if self.able else [])
        self.liveness = Liveness(self.worker, children, Settings(), clock=lambda: self.now)

    def after(self, seconds: float, *, turning: bool = True) -> str | None:
        """Lets time go by, in which the loop turns or not; what is wrong then."""
        for _ in range(int(seconds)):
            self.now += 1
            if turning:
                self.liveness.turn()
            complaint = self.liveness.complaint()
        return complaint


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    ready_file(tmp_path, os.getpid()).touch()
    for name in ("reserved_requests", "active_requests"):
        monkeypatch.setattr(state, name, set())
    yield Watched(tmp_path, monkeypatch)


def test_a_worker_that_waits_for_pages_lives(watched: Watched) -> None:
    assert watched.after(3600) is None


def test_a_loop_that_stands_still_is_noticed(watched: Watched) -> None:
    assert watched.after(120, turning=False) is None
    assert watched.after(1, turning=False) == "the loop has stood still for 121 s"


def test_an_outage_of_the_broker_is_no_reason_to_start_again(watched: Watched) -> None:
    watched.worker.consumer.connection = None
    assert watched.after(3600, turning=False) is None
    watched.worker.consumer.connection = "connected"
    assert watched.after(100, turning=False) is None


def test_a_worker_without_a_broker_from_the_start_is_none_either(watched: Watched) -> None:
    watched.worker.consumer = None
    assert watched.after(3600, turning=False) is None


def test_before_a_child_can_read_there_is_no_beat(watched: Watched) -> None:
    watched.able = False
    assert watched.after(1) == "no child can read"
    watched.able = True
    assert watched.after(1) is None


def test_a_child_that_replaces_another_may_load_for_its_time(watched: Watched) -> None:
    assert watched.after(10) is None
    watched.able = False
    assert watched.after(240) is None
    assert watched.after(1) == "no child can read"


def test_a_child_that_is_busy_lives_and_one_that_its_limit_did_not_end_does_not(watched: Watched) -> None:
    page = Request("page")
    state.reserved_requests.add(page)
    state.active_requests.add(page)
    assert watched.after(Settings().claim_s) is None
    assert watched.after(2) == f"a message has been in hand for {Settings().claim_s + 1} s, begun with"


def test_pages_one_after_the_other_are_no_page_that_takes_too_long(watched: Watched) -> None:
    for number in range(100):
        page = Request(str(number))
        state.reserved_requests.add(page)
        state.active_requests.add(page)
        assert watched.after(60) is None
        state.reserved_requests.clear()
        state.active_requests.clear()


def test_a_child_that_takes_no_page_is_noticed(watched: Watched) -> None:
    state.reserved_requests.add(Request("page"))
    assert watched.after(240) is None
    assert watched.after(2) == "a message has been in hand for 241 s, not begun with"


def test_what_was_in_hand_during_an_outage_is_not_held_against_it(watched: Watched) -> None:
    page = Request("page")
    state.reserved_requests.add(page)
    state.active_requests.add(page)
    assert watched.after(100) is None
    watched.worker.consumer.connection = None
    assert watched.after(600, turning=False) is None
    watched.worker.consumer.connection = "connected"
    assert watched.after(100) is None


def test_a_worker_that_stops_is_left_to_finish(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", 0)
    assert watched.after(1000, turning=False) is None
