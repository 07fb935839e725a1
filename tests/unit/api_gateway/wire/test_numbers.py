from __future__ import annotations

import pytest

from api_gateway.wire import numbers
from api_gateway.wire.text import dump
from read_operations.records import Unit


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (502.0, Unit.PIXEL, "502"),
        (58.4, Unit.PIXEL, "58"),
        (-0.4, Unit.PIXEL, "0"),
        (11.0, Unit.INCH, "11"),
        (8.5, Unit.INCH, "8.5"),
        (595 / 72, Unit.INCH, "8.2639"),
        (0.00014, Unit.INCH, "0.0001"),
        (-0.00001, Unit.INCH, "0"),
    ],
)
def test_lengths(value: float, unit: Unit, text: str) -> None:
    assert dump(numbers.lengths([value, 1], unit)) == f"[{text},1]"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (2.12434, "2.1243"), (-0.60789, "-0.6079"), (180.0, "180"), (-179.999999, "180"), (90.0, "90")],
)
def test_angles(value: float, text: str) -> None:
    assert dump(numbers.angle(value)) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.9996, "1"), (0.9334, "0.933"), (0.5, "0.5"), (0.0, "0")])
def test_confidences(value: float, text: str) -> None:
    assert dump(numbers.confidence(value)) == text
