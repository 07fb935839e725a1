from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.documents.limits import MAX_PIXELS
from ocr_worker.documents.resolution import page_dpi

SIDES = st.floats(min_value=1e-6, max_value=1e6)


@pytest.mark.parametrize(
    ("width", "height", "scan", "expected"),
    [
        (8.5, 11, None, 200),
        (8.5, 11, 72, 150),
        (8.5, 11, 300, 300),
        (8.5, 11, 1200, 300),
        (2, 4, None, 250),  # a label
        (1.67, 1.19, 2400, 3300 / 1.67),  # a scan that states a hundredth of its page
        (3, 8, 600, 412.5),  # a receipt
        (200, 200, None, 25),  # the largest page a PDF may have
        (25, 50, 300, math.sqrt(MAX_PIXELS / 1250)),  # a poster
    ],
)
def test_the_resolution_suits_the_page(width: float, height: float, scan: float | None, expected: float) -> None:
    assert page_dpi(width, height, scan, 10_000) == pytest.approx(expected)


@given(width=SIDES, height=SIDES, scan=st.none() | st.floats(min_value=1e-3, max_value=1e6))
def test_no_page_is_too_large(width: float, height: float, scan: float | None) -> None:
    dpi = page_dpi(width, height, scan, 10_000)

    assert width * dpi * height * dpi <= MAX_PIXELS * 1.001
    assert max(width, height) * dpi <= 10_000.001
