"""Workers that take pages from one queue only, as a pool of the chart may."""

from __future__ import annotations

from pathlib import Path

from read_operations.queue import Lane
from read_operations.settings import Mode, Settings
from tests.builders import LINES, encoded, text_page
from tests.fleet import Fleet, wait_for
from tests.samples import book


def test_a_worker_takes_pages_of_its_queues_only(settings: Settings, tmp_path: Path) -> None:
    wanted = {"concurrency": 1, "mode": Mode.FAST, "interactive_pages": 2, "queues": (Lane.INTERACTIVE,)}
    settings = settings.model_copy(update=wanted)
    with Fleet(settings, tmp_path, own_environments={"patient": {"READFLEET_QUEUES": "batch"}}) as fleet:
        # Given a worker for what somebody waits for, and a book
        id = fleet.submit(book(3))
        waiting = f"{settings.key_prefix}:batch"
        wait_for(lambda: fleet.redis.llen(waiting) == 3)
        # Then it reads a letter, and nothing of the book
        letter = fleet.submit(encoded(text_page(LINES).image, "PNG"))
        assert fleet.result(letter)["status"] == "succeeded"
        assert fleet.redis.llen(waiting) == 3
        # When another takes from the other queue, the book is read
        fleet.start_process("worker", name="patient")
        assert fleet.result(id)["status"] == "succeeded"
