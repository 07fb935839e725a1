"""Which queue a page waits in, and which a worker takes from. The queue itself: tests/integration/test_queue.py."""

from __future__ import annotations

import pytest

from read_operations.queue import all_queues, own_queues, queue_of
from read_operations.records import Format, Request
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT

SETTINGS = Settings(language_queues=("ja", "zh-Hans"), interactive_pages=4)


def request(language: str | None, *, patient: bool = False) -> Request:
    return Request(id="a", format=Format.PDF, language=language, patient=patient)


@pytest.mark.parametrize(
    ("language", "page", "pages", "queue"),
    [
        (None, 1, 4, "interactive"),
        (None, 1, 5, "batch"),
        ("de", 1, 5, "batch"),
        ("ja", 1, 4, "interactive-ja"),
        ("ja", 1, 5, "batch-ja"),
        ("zh-Hans", 7, 9, "batch-zh-Hans"),
        ("zh-Hant", 7, 9, "batch"),
        ("ja", SPLIT, 0, "interactive"),  # anybody can open a document
    ],
)
def test_where_a_page_waits(language: str | None, page: int, pages: int, queue: str) -> None:
    assert queue_of(request(language), page, pages, SETTINGS) == queue


def test_what_nobody_waits_for_goes_behind_in_every_language() -> None:
    assert queue_of(request("ja", patient=True), 1, 1, SETTINGS) == "batch-ja"


def test_a_worker_takes_everything_unless_it_is_told_otherwise() -> None:
    assert own_queues(Settings()) == all_queues(Settings()) == ("interactive", "batch")
    assert own_queues(SETTINGS) == all_queues(SETTINGS)
    assert set(all_queues(SETTINGS)) == {
        *("interactive", "batch", "interactive-ja", "batch-ja", "interactive-zh-Hans", "batch-zh-Hans")
    }


@pytest.mark.parametrize(
    ("languages", "lanes", "queues"),
    [
        (("ja",), tuple(Lane), ("interactive-ja", "batch-ja")),
        (("other",), tuple(Lane), ("interactive", "batch")),
        (("other", "ja"), (Lane.BATCH,), ("batch", "batch-ja")),
        ((), (Lane.BATCH,), ("batch", "batch-ja", "batch-zh-Hans")),
    ],
)
def test_a_worker_takes_what_it_is_told_to(
    languages: tuple[str, ...], lanes: tuple[Lane, ...], queues: tuple[str, ...]
) -> None:
    assert own_queues(SETTINGS.model_copy(update={"languages": languages, "queues": lanes})) == queues
