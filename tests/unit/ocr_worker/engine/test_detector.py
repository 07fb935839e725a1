from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.detector import network_size, tiles

SIDES = st.integers(1, 10_000)


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ((3300, 2550), (1280, 960)),  # letter at 300 dpi: shrunk
        ((600, 400), (896, 576)),  # small: enlarged, not to full size
        ((10_000, 10_000), (1280, 1280)),
        ((50, 10_000), (64, 9984)),  # a strip: as it is
        ((2000, 10_000), (320, 1600)),
        ((50, 50), (64, 64)),
    ],
)
def test_the_network_sees_a_page_at_a_size_that_suits_it(page: tuple[int, int], seen: tuple[int, int]) -> None:
    assert network_size(*page) == seen


@given(SIDES, SIDES)
def test_sizes_are_bounded_and_of_few_shapes(height: int, width: int) -> None:
    rows, columns = network_size(height, width)

    assert rows % 64 == columns % 64 == 0
    assert rows * columns <= 10_048 * 320 or max(rows, columns) <= 1280


@given(st.integers(64, 10_048))
def test_tiles_cover_a_side_without_gap_or_repetition(length: int) -> None:
    end = 0
    for start, stop, skip in tiles(length):
        assert start + skip <= end
        assert skip == 0 or stop - start == 1280
        end = stop
    assert end == length
