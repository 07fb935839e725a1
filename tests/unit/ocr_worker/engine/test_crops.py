from __future__ import annotations

import cv2
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


def test_a_level_line_is_cut_as_one_that_is_turned_by_next_to_nothing() -> None:
    # Given a line of stripes, and a quad around it that is off by just more than what counts as level
    image = np.asarray(cv2.GaussianBlur(page(), (9, 9), 0), np.uint8)
    image[120:128] //= 2
    off = LINE + np.array(((0, 0), (0, 0.6), (0, 0.6), (0, 0)))

    level, turned_a_little = cut(image, LINE).astype(int), cut(image, off).astype(int)

    assert np.abs(level - turned_a_little).mean() < 2.5
    assert np.array_equal(level, cut(image, LINE + 0.3))


def test_a_level_line_beyond_the_page_is_filled_up_with_its_edge() -> None:
    line = cut(page(), LINE - np.array((150.0, 0.0)))

    assert line[:, :115].min() == 255
    assert line[:, 125:].max() == 0


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
