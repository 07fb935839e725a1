"""Workers that take pages from some queues only, as pools of the chart may."""

from __future__ import annotations

from pathlib import Path

from read_operations.settings import Lane, Mode, Settings
from tests.builders import LINES, encoded, text_page
from tests.fleet import Fleet, wait_for
from tests.samples import book


def test_a_worker_takes_pages_of_its_queues_only(settings: Settings, tmp_path: Path) -> None:
    wanted = {
        "concurrency": 1,
        "mode": Mode.FAST,
        "interactive_pages": 2,
        "queues": (Lane.INTERACTIVE,),
        "language_queues": ("ja",),
        "languages": ("other",),
    }
    environments = {
        "patient": {"READFLEET_QUEUES": "batch", "READFLEET_LANGUAGES": "ja,other"},
        "all": {"READFLEET_QUEUES": "interactive,batch", "READFLEET_LANGUAGES": ""},
    }
    letter = encoded(text_page(LINES).image, "PNG")
    with Fleet(settings.model_copy(update=wanted), tmp_path, own_environments=environments) as fleet:

        def waiting(queue: str) -> int:
            return int(fleet.redis.llen(f"{settings.key_prefix}:{queue}"))

        # Given a worker for what somebody waits for in any language but one, and two books
        books = [fleet.submit(book(3)), fleet.submit(book(3), language="ja")]
        wait_for(lambda: (waiting("batch"), waiting("batch-ja")) == (3, 3))
        # Then it reads a letter, and nothing of the books
        assert fleet.result(fleet.submit(letter, language="de"))["status"] == "succeeded"
        japanese = fleet.submit(letter, language="ja")
        wait_for(lambda: waiting("interactive-ja") == 1)
        assert (waiting("batch"), waiting("batch-ja")) == (3, 3)
        # When another takes from the other queues, the books are read
        fleet.start_process("worker", name="patient")
        assert [fleet.result(id)["status"] for id in books] == ["succeeded"] * 2
        assert waiting("interactive-ja") == 1
        # And when one does that takes everything, so is the last letter
        fleet.start_process("worker", name="all")
        assert fleet.result(japanese)["status"] == "succeeded"
