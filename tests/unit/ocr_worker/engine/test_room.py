from __future__ import annotations

import numpy as np

from ocr_worker.engine.room import Room


def test_an_array_is_where_the_one_before_was() -> None:
    room = Room()

    large = room.array(40, 30, 3)
    small = room.array(20, 50)

    assert (large.shape, small.shape) == ((40, 30, 3), (20, 50))
    assert np.shares_memory(large, small)
    assert small.flags.c_contiguous


def test_it_grows() -> None:
    room = Room()
    room.array(2, 3)

    large = room.array(40, 30)
    large[:] = 7

    assert room.array(30, 40).sum() == 7 * 1200


def test_the_same_shape_is_the_same_array() -> None:
    room = Room()

    assert room.array(4, 48, 320, 1) is room.array(4, 48, 320, 1)


def test_what_is_huge_is_not_kept() -> None:
    room = Room()
    small = room.array(10, 10)

    huge = room.array(5000, 5000)

    assert huge.shape == (5000, 5000)
    assert not np.shares_memory(huge, room.array(5000, 5000))
    assert np.shares_memory(small, room.array(5, 5))
