from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.halving import halved
from ocr_worker.engine.room import Room


@pytest.mark.parametrize("channels", [(), (3,)])
def test_each_pixel_is_the_mean_of_four(channels: tuple[int, ...]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 60, *channels), np.uint8)

    expected = image.reshape(20, 2, 30, 2, *channels).mean(axis=(1, 3))

    assert np.abs(halved(image) - expected).max() <= 0.5


def test_the_last_row_and_column_of_odd_sides_are_lost() -> None:
    image = np.zeros((41, 61), np.uint8)
    image[-1], image[:, -1] = 255, 255

    assert halved(image).shape == (20, 30)
    assert halved(image).max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_nothing_gets_smaller_than_a_pixel(shape: tuple[int, int]) -> None:
    halves = halved(np.full(shape, 7, np.uint8))

    assert halves.shape == tuple(max(side // 2, 1) for side in shape)
    assert (halves == 7).all()


@pytest.mark.parametrize("shape", [(41, 60), (40, 61, 3)])
def test_a_half_is_put_where_it_is_told(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    room = Room()

    half = halved(image, room)

    assert half is room.array(*half.shape)
    assert np.array_equal(half, halved(image))
