from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.bench.pages import PageSet
from benchmarks.bench.rendered import draw_sets
from benchmarks.bench.scoring import words
from ocr_worker.documents import load_text
from read_operations.settings import Settings


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PageSet]:
    return {each.name: each for each in draw_sets(tmp_path_factory.mktemp("pages"), 2)}


def test_what_is_drawn(sets: dict[str, PageSet]) -> None:
    assert [(name, len(each.pages), each.is_pdf) for name, each in sets.items()] == [
        ("letters", 2, False),
        ("tables", 2, False),
        ("receipts", 2, False),
        ("text-layer", 2, True),
    ]
    assert all(len(words(page.text)) > 60 for each in sets.values() for page in each.pages)
    for page in sets["letters"].pages:
        with Image.open(page.path) as picture:
            # Ink and paper
            assert picture.getextrema()[0] < 60  # type: ignore[operator]


def test_no_two_are_the_same_and_all_can_be_drawn_again(sets: dict[str, PageSet], tmp_path: Path) -> None:
    again = {each.name: each for each in draw_sets(tmp_path, 2)}
    for name, each in sets.items():
        assert [page.text for page in again[name].pages] == [page.text for page in each.pages]
        assert len({page.text for page in each.pages}) == 2
        if not each.is_pdf:  # whose files carry an id
            assert again[name].pages[0].path.read_bytes() == each.pages[0].path.read_bytes()


def test_the_pdfs_carry_their_text(sets: dict[str, PageSet]) -> None:
    page = sets["text-layer"].pages[0]
    layer = load_text(page.path, 1, Settings())
    assert layer is not None
    assert [line.text for line in layer.lines] == page.text.splitlines()
