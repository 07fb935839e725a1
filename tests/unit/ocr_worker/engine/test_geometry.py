from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.geometry import height, parts, straightened, to_records, turned, width

UPRIGHT = np.array(((10.0, 20.0), (110.0, 20.0), (110.0, 40.0), (10.0, 40.0)))


def test_a_quad_has_the_width_and_height_of_its_text() -> None:
    assert (width(UPRIGHT), height(UPRIGHT)) == (100, 20)


@pytest.mark.parametrize(
    ("quarters", "first"), [(0, (10, 20)), (1, (110, 20)), (2, (110, 40)), (3, (10, 40)), (4, (10, 20))]
)
def test_turning_starts_at_another_corner_and_stays_clockwise(quarters: int, first: tuple[float, float]) -> None:
    corners = turned(UPRIGHT, quarters)

    assert tuple(corners[0]) == first
    edge, next_edge = corners[1] - corners[0], corners[2] - corners[1]
    assert edge[0] * next_edge[1] - edge[1] * next_edge[0] > 0


def test_parts_are_cut_along_the_quads_own_edges() -> None:
    # Given a line that falls to the right and grows on its way
    line = np.array(((0.0, 0.0), (100.0, 50.0), (100.0, 80.0), (0.0, 10.0)))

    # When the whole and its second half are taken
    whole, half = parts(line, [(0.0, 1.0), (0.5, 1.0)])

    # Then the half's left edge is the middle of the top and of the bottom edge
    assert whole.tolist() == line.tolist()
    assert half.tolist() == [[50, 25], [100, 50], [100, 80], [50, 45]]


def test_records_hold_tenths_of_a_pixel() -> None:
    assert to_records(np.array((UPRIGHT, UPRIGHT + 0.123))) == [
        (10, 20, 110, 20, 110, 40, 10, 40),
        (10.1, 20.1, 110.1, 20.1, 110.1, 40.1, 10.1, 40.1),
    ]


def test_a_straightened_quad_keeps_its_middle_and_its_size() -> None:
    tilted = np.array(((10.0, 10.0), (50.0, 14.0), (48.0, 34.0), (8.0, 30.0)))

    straight = straightened(tilted, 0)

    assert np.allclose(straight.mean(axis=0), tilted.mean(axis=0))
    assert np.isclose(width(straight), width(tilted))
    assert np.isclose(height(straight), height(tilted))
    assert straight[0][1] == straight[1][1]
    assert straight[0][0] == straight[3][0] < straight[1][0]


def test_a_rectangle_straightened_to_its_own_angle_stays() -> None:
    turned_90 = np.array(((40.0, 10.0), (40.0, 90.0), (20.0, 90.0), (20.0, 10.0)))

    assert np.allclose(straightened(turned_90, 90), turned_90)
