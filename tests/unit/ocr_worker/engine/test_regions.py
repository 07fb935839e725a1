from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr_worker.engine.description import Detection
from ocr_worker.engine.regions import Map, find_regions
from ocr_worker.engine.room import Room

MODEL = Detection(
    pixel_threshold=0.2,
    region_threshold=0.5,
    growth=1.5,
    most=10,
)


def drawn(*regions: tuple[int, int, int, int], probability: float = 0.9) -> Map:
    """A map with regions of text: left, top, width, height."""
    found = np.zeros((200, 300), np.float32)
    for left, top, width, height in regions:
        found[top : top + height, left : left + width] = probability
    return found


def test_a_region_grows_by_its_area_over_its_circumference() -> None:
    # Middles of the outermost pixels are 100 and 20 apart: 1.5 * 100 * 20 / 240 = 12.5 on each side
    (corners,) = find_regions(drawn((50, 60, 101, 21)), MODEL, Room())

    assert corners == pytest.approx(np.array([(38, 48), (163, 48), (163, 93), (38, 93)]), abs=0.01)


def test_a_region_grows_no_further_than_the_map() -> None:
    (corners,) = find_regions(drawn((2, 1, 290, 40)), MODEL, Room())

    assert corners.min() == 0
    assert corners[:, 0].max() == 300


@pytest.mark.parametrize("degrees", [-30, -5, 0, 5, 30])
def test_corners_run_clockwise_from_the_upper_left(degrees: float) -> None:
    found = np.zeros((200, 300), np.float32)
    box = cv2.boxPoints(((150, 100), (160, 20), degrees))
    cv2.fillConvexPoly(found, box.astype(np.int32), [0.9])

    (corners,) = find_regions(found, MODEL, Room())

    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    assert np.degrees(np.arctan2(by - ay, bx - ax)) == pytest.approx(degrees, abs=1)
    assert (bx - ax) > 150
    assert dy > ay
    assert cy > by
    assert (cx - dx) == pytest.approx(bx - ax)


def test_what_is_small_or_unsure_is_none() -> None:
    assert len(find_regions(drawn((20, 20, 200, 3)), MODEL, Room())) == 0
    assert len(find_regions(drawn((20, 20, 100, 20), probability=0.45), MODEL, Room())) == 0
    assert find_regions(drawn(), MODEL, Room()).shape == (0, 4, 2)


def test_a_region_is_as_sure_as_its_mean() -> None:
    found = drawn((20, 20, 100, 20))
    found[20:40, 20:60] = 0.3

    assert len(find_regions(found, MODEL, Room())) == 1  # 0.6

    found[20:40, 20:100] = 0.3
    assert len(find_regions(found, MODEL, Room())) == 0  # 0.42


def test_there_is_a_limit() -> None:
    regions = [(10 + 40 * column, 10 + 30 * row, 20, 10) for row in range(5) for column in range(5)]

    assert len(find_regions(drawn(*regions), MODEL, Room())) == MODEL.most
