from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.crops import LINE_HEIGHT, cut
from ocr_worker.engine.geometry import turned

LINE = np.array(((100.0, 100.0), (340.0, 100.0), (340.0, 148.0), (100.0, 148.0)))


def page() -> np.ndarray:
    """White, with a line of which the left half is black."""
    image = np.full((400, 500, 3), 255, np.uint8)
    image[100:148, 100:220] = 0
    return image


def test_a_line_has_the_recognisers_height_and_is_narrowed() -> None:
    line = cut(page(), LINE, x_scale=0.5)

    assert line.shape == (LINE_HEIGHT, 120, 3)
    assert line[:, :58].max() == 0
    assert line[:, 62:].min() == 255


@pytest.mark.parametrize("factor", [1, 3, 8])
def test_what_is_much_larger_is_shrunk_without_skipping_pixels(factor: int) -> None:
    # Given a line of fine grey screening: every other column is black
    image = np.full((100 * factor, 500 * factor, 3), 255, np.uint8)
    image[:, ::2] = 0
    corners = np.array(((10.0, 10.0), (400.0, 10.0), (400.0, 60.0), (10.0, 60.0))) * factor

    # Then shrinking makes an even grey of it
    line = cut(image, corners)
    if factor > 1:
        assert line[:, 5:-5].std() < 20


@pytest.mark.parametrize("quarters", range(4))
def test_turned_lines_come_out_upright(quarters: int) -> None:
    image = np.ascontiguousarray(np.rot90(page(), -quarters))
    size = np.array(image.shape[1::-1])
    corners = LINE
    for turn in range(quarters):
        # Clockwise: what was at the bottom is on the left.
        high = page().shape[turn % 2]
        corners = np.column_stack((high - corners[:, 1], corners[:, 0]))

    line = cut(image, corners)

    assert (corners <= size).all()
    assert line[:, :90].max() == 0
    assert line[:, 102:].min() == 255


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (1, 0), (1, 1), (0, 1)),
        ((-20, -20), (30, -20), (30, 30), (-20, 30)),
        ((480, 380), (520, 380), (520, 420), (480, 420)),
        ((10, 10), (10, 10), (10, 10), (10, 10)),
        ((499, 399), (500, 399), (500, 400), (499, 400)),
        ((500, 400), (500, 400), (500, 400), (500, 400)),
    ],
)
def test_odd_areas_do_no_harm(corners: tuple[tuple[float, float], ...]) -> None:
    for quarters in range(4):
        line = cut(page(), turned(np.array(corners, np.float64), quarters))
        assert line.shape[0] == LINE_HEIGHT
        assert line.shape[1] >= 1
