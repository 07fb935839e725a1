from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr_worker.engine.band import Band, ink_band, within
from ocr_worker.engine.port import Pixels


def cut_line(*texts: tuple[str, int], paper: int = 255, ink: int = 0) -> Pixels:
    """A line 48 pixels high with texts whose baselines are so many pixels from the top."""
    wide = max((cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)[0][0] for text, _ in texts), default=100)
    line = np.full((48, wide + 10, 3), paper, np.uint8)
    for text, baseline in texts:
        cv2.putText(line, text, (4, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (ink, ink, ink), 2, cv2.LINE_AA)
    return line


def inked(line: Pixels) -> Band:
    """Where the first and the last row differ from the paper."""
    rows = np.flatnonzero((line[:, :, 0] != line[0, -1, 0]).any(axis=1))
    return rows[0] / 48, (rows[-1] + 1) / 48


@pytest.mark.parametrize("paper", [255, 30])
@pytest.mark.parametrize("text", ["Letters", "going up", "i"])
def test_a_band_is_around_the_letters_with_a_little_air(text: str, paper: int) -> None:
    line = cut_line((text, 30), paper=paper, ink=255 - paper)

    top, bottom = ink_band(line)

    first, last = inked(line)
    assert first - 0.1 < top < first
    assert last < bottom < last + 0.1


def test_what_reaches_in_from_the_lines_above_and_below_is_left_out() -> None:
    neighbours = cut_line(("gypjq", 1), ("Height", 34), ("ABCDE", 66))

    assert ink_band(neighbours) == pytest.approx(ink_band(cut_line(("Height", 34))), abs=0.03)


def test_a_row_of_dots_keeps_some_height() -> None:
    top, bottom = ink_band(cut_line((".....", 30)))

    assert bottom - top == pytest.approx(0.4)


def test_empty_paper_stays_as_it_is() -> None:
    assert ink_band(cut_line()) == (0, 1)


def test_a_band_is_cut_along_the_quad_s_own_edges() -> None:
    tilted = np.array(((0.0, 0.0), (100.0, 10.0), (98.0, 30.0), (-2.0, 20.0)))

    assert within(tilted[None], [(0.25, 0.75)])[0].tolist() == [[-0.5, 5.0], [99.5, 15.0], [98.5, 25.0], [-1.5, 15.0]]
