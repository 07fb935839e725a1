from __future__ import annotations

from read_operations.boxes import around, union


def test_the_box_around_a_quad() -> None:
    assert around((1, 2, 5, 1, 6, 3, 2, 4)) == (1, 1, 6, 4)


def test_the_box_around_boxes() -> None:
    assert union([(1, 5, 3, 6)]) == (1, 5, 3, 6)
    assert union(box for box in [(1, 5, 3, 6), (2, 1, 4, 2), (0, 3, 1, 8)]) == (0, 1, 4, 8)
