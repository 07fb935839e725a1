from __future__ import annotations

import pytest

from read_operations.errors import DimensionOutOfRange, DocumentTooLarge
from read_operations.limits import check_decompression, check_sides
from read_operations.settings import Settings


@pytest.mark.parametrize("sides", [(50, 50), (10_000, 50), (10_000, 10_000)])
def test_sides_within_the_limits(sides: tuple[int, int]) -> None:
    check_sides(*sides, Settings())


@pytest.mark.parametrize(
    ("sides", "remedy"), [((49, 60), "larger"), ((60, 49), "larger"), ((10_001, 60), "smaller"), ((1, 20_000), "cut")]
)
def test_sides_beyond_them(sides: tuple[int, int], remedy: str) -> None:
    with pytest.raises(DimensionOutOfRange, match=remedy):
        check_sides(*sides, Settings())


@pytest.mark.parametrize(
    ("decompressed", "stored", "refused"),
    [
        # A blank page of 400 dpi by G4; A3 at 600 dpi, deflated; and the largest image there may be
        (3307 * 4677 // 8, 600, False),
        (7016 * 9921 * 3, 203_000, False),
        (10_000 * 10_000 * 4, 1, False),
        (10_000 * 10_000 * 4 + 1, 1, True),
        (500_000_000, 2_500_000, False),
        (500_000_000, 2_499_999, True),
    ],
)
def test_what_bytes_decompress_to(decompressed: int, stored: int, refused: bool) -> None:
    if not refused:
        check_decompression(decompressed, stored, Settings(), "It")
        return
    with pytest.raises(DocumentTooLarge, match=f"It decompresses to more than 200 times its {stored:,} bytes"):
        check_decompression(decompressed, stored, Settings(), "It")
    check_decompression(decompressed, stored, Settings(max_decompression_ratio=10**9), "It")
