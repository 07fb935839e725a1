from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from ocr_worker.engine.finder import FarFinder, RowFinder, TwoFinders
from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import Pixels

PAGE = np.zeros((100, 80, 3), np.uint8)
ROW = np.array(((0.0, 0.0), (75.0, 0.0), (75.0, 15.0), (0.0, 15.0)))
COLUMN = np.array(((0.0, 0.0), (15.0, 0.0), (15.0, 75.0), (0.0, 75.0)))
DIGIT = np.array(((0.0, 0.0), (12.0, 0.0), (12.0, 15.0), (0.0, 15.0)))
TINY = ROW * 2 / 3


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
        ([ROW] * 10 + [TINY] * 9, False),
        ([ROW] * 9 + [TINY] * 10, True),
    ],
)
def test_pages_with_upright_or_tiny_lines_are_looked_at_again(found: list[Quads], again: bool) -> None:
    quick, careful = StandInFinder(np.array(found).reshape(-1, 4, 2)), StandInFinder(np.array([ROW]))

    quads = TwoFinders(quick, careful).find(PAGE)

    assert quads is (careful if again else quick).quads
    assert (quick.asked, careful.asked) == (1, int(again))


def test_columns_taken_for_lines_come_out_as_their_rows() -> None:
    page = np.full((100, 80, 3), 255, np.uint8)
    for y in (30, 55, 80):
        cv2.putText(page, "7", (4, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 2)
    row = ROW + np.array((0, 90))
    column = np.array(((0.0, 10.0), (20.0, 10.0), (20.0, 90.0), (0.0, 90.0)))

    class Finder:
        def find(self, image: Pixels) -> Quads:
            assert image is page
            return np.array([row, column])

    quads = RowFinder(Finder()).find(page)

    assert len(quads) == 4
    assert (quads[0] == row).all()


@pytest.mark.parametrize("shape", [(1000, 800, 3), (1000, 800), (10_000, 3)])
def test_a_page_is_seen_small_from_afar(shape: tuple[int, ...]) -> None:
    page = np.zeros(shape, np.uint8)
    seen: list[tuple[int, ...]] = []

    class Finder:
        def find(self, image: Pixels) -> Quads:
            seen.append(image.shape)
            high, wide = image.shape[:2]
            return np.array([[(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high)]])

    (whole,) = FarFinder(Finder()).find(page)

    assert seen[0][0] == 256
    assert seen[0][2:] == shape[2:]
    assert whole[2] == pytest.approx((shape[1], shape[0]))


def test_what_is_small_cannot_be_seen_from_farther() -> None:
    finder = StandInFinder(np.array([ROW]))

    assert len(FarFinder(finder).find(PAGE)) == 0
    assert finder.asked == 0
