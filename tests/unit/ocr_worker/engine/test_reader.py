"""How the reader puts its parts together, over stand-ins for the networks; `test_reading.py` has the real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    """Finds one line, which goes across the page."""

    def find(self, image: Pixels) -> Quads:
        return np.array([[(100.0, 100.0), (700.0, 100.0), (700.0, 140.0), (100.0, 140.0)]])


def test_wide_characters_of_latin_text_are_answered_as_what_they_mean() -> None:
    reader = ScriptedReader(laid_out("Discount：80 一 90％"))
    engine = PageReader(info=INFO, finder=OneLineFinder(), cascade=Cascade(reader))

    (line,) = engine.read(PAGE, ReadingOrder.BASIC).lines

    assert line.text == "Discount:80 — 90%"
    assert [word.text for word in line.words] == ["Discount:80", "—", "90%"]
