from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.description import Detection
from ocr_worker.engine.detector import Detector, network_size, tiles
from ocr_worker.engine.networks import Floats, Images

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


def test_what_is_seen_of_a_page_does_not_hang_on_the_page_before() -> None:
    seen: list[Images] = []

    def network(images: Images) -> list[Floats]:
        seen.append(images.copy())
        return [np.zeros((1, 1, *images.shape[1:3]), np.float32)]

    detector = Detector(network, Detection(pixel_threshold=0.2, region_threshold=0.4, growth=1.4, most=3000))
    shades = np.random.default_rng(0)
    # The first is halved twice, the second not at all.
    first, second = (shades.integers(0, 256, shape, np.uint8) for shape in ((5200, 4000), (600, 400, 3)))

    for page in (first, second, first, first[::-1]):
        detector.find(page)

    assert [each.shape for each in seen] == [(1, 1280, 960, 1), (1, 896, 576, 3), *[(1, 1280, 960, 1)] * 2]
    assert np.array_equal(seen[0], seen[2])
    assert not np.array_equal(seen[2], seen[3])
