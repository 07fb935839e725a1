from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from ocr_worker.engine.finder import TwoFinders
from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import Pixels

PAGE = np.zeros((100, 80, 3), np.uint8)
ROW = np.array(((0.0, 0.0), (50.0, 0.0), (50.0, 10.0), (0.0, 10.0)))
COLUMN = np.array(((0.0, 0.0), (10.0, 0.0), (10.0, 50.0), (0.0, 50.0)))
DIGIT = np.array(((0.0, 0.0), (7.0, 0.0), (7.0, 10.0), (0.0, 10.0)))


@dataclass
class StandInFinder:
    quads: Quads
    asked: int = 0

    def find(self, image: Pixels) -> Quads:
        assert image is PAGE
        self.asked += 1
        return self.quads


@pytest.mark.parametrize(
    ("found", "again"),
    [
        ([], False),
        ([ROW] * 20, False),
        ([ROW] * 30 + [COLUMN], False),  # one in the margin
        ([ROW] * 10 + [COLUMN], True),
        ([COLUMN] * 20, True),  # sideways
        ([ROW] * 3 + [DIGIT] * 30, False),
    ],
)
def test_pages_with_upright_lines_are_looked_at_again(found: list[Quads], again: bool) -> None:
    quick, careful = StandInFinder(np.array(found).reshape(-1, 4, 2)), StandInFinder(np.array([ROW]))

    quads = TwoFinders(quick, careful).find(PAGE)

    assert quads is (careful if again else quick).quads
    assert (quick.asked, careful.asked) == (1, int(again))
