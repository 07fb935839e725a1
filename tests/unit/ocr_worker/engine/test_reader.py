"""How the reader puts its parts together, over stand-ins for the networks; `test_reading.py` has the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ocr_worker.engine.cascade import Cascade
from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import EngineInfo, Pixels
from ocr_worker.engine.reader import PageReader
from read_operations.records import ReadingOrder
from tests.unit.ocr_worker.engine.lettering import ScriptedReader, laid_out

PAGE = np.full((500, 800, 3), 255, np.uint8)
INFO = EngineInfo(runtime="stand-in", models={})


@dataclass
class OneLineFinder:
    """Finds one line across an image, unless that is so large that its letters are none to it."""

    largest: int = 1000
    seen: list[int] = field(default_factory=list)

    def find(self, image: Pixels) -> Quads:
        high, wide = image.shape[:2]
        self.seen.append(wide)
        if wide > self.largest:
            return np.empty((0, 4, 2))
        return np.array([[(0.1, 0.2), (0.9, 0.2), (0.9, 0.3), (0.1, 0.3)]]) * (wide, high)


def read(text: str, *, score: float = 1.0, finder: OneLineFinder) -> str:
    """What comes of a page on which the networks read that."""
    reader = ScriptedReader(laid_out(text, score=score))
    engine = PageReader(info=INFO, finder=finder, cascade=Cascade(reader))
    return "\n".join(line.text for line in engine.read(PAGE, ReadingOrder.BASIC).lines)


def test_wide_characters_of_latin_text_are_answered_as_what_they_mean() -> None:
    assert read("Discount：80 一 90％", finder=OneLineFinder()) == "Discount:80 — 90%"


def test_a_page_with_text_is_not_looked_at_from_afar() -> None:
    finder = OneLineFinder()

    assert read("Text", finder=finder) == "Text"
    assert finder.seen == [800]


@pytest.mark.parametrize("largest", [300, 1000])
def test_a_page_without_text_is_looked_at_from_afar(largest: int) -> None:
    # Given one where nothing is found, or nothing that could be read
    finder = OneLineFinder(largest)

    assert read("GO", score=1.0 if largest == 300 else 0.2, finder=finder) == ("GO" if largest == 300 else "")
    assert finder.seen == [800, 256]


def test_a_single_character_is_not_believed_from_afar() -> None:
    assert read("O", finder=OneLineFinder(largest=300)) == ""
    assert read("O", finder=OneLineFinder()) == "O"
