"""How numbers are written: rounded as the Read container rounds them, and without a fraction where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from read_operations.records import Unit

_INCH_DECIMALS: Final = 4
_ANGLE_DECIMALS: Final = 4
_ORIENTATION_DECIMALS: Final = 2
_CONFIDENCE_DECIMALS: Final = 3
_RADIAN_DECIMALS: Final = 6


def lengths(values: Iterable[float], unit: Unit) -> list[int | float]:
    """Lengths or coordinates: whole pixels, or inches with four decimals."""
    if unit is Unit.PIXEL:
        return [round(value) for value in values]
    # Written out, as a long document has millions of them.
    inches = [round(value, _INCH_DECIMALS) for value in values]
    return [int(inch) if inch == int(inch) else inch for inch in inches]


def angle(degrees: float) -> int | float:
    """An angle in (-180, 180]."""
    rounded = _short(degrees, _ANGLE_DECIMALS)
    return 180 if rounded == -180 else rounded


def orientation(degrees: float) -> int | float:
    """An angle in [0, 360), with two decimals, as Read 2.x has it."""
    return _short(round(degrees, _ORIENTATION_DECIMALS) % 360, _ORIENTATION_DECIMALS)


def radians(degrees: float) -> int | float:
    """An angle in radians."""
    return _short(math.radians(degrees), _RADIAN_DECIMALS)


def confidence(value: float) -> int | float:
    """A confidence from 0 to 1."""
    return _short(value, _CONFIDENCE_DECIMALS)


def _short(value: float, decimals: int) -> int | float:
    # JSON's 11.0 and -0.0 are written 11 and 0.
    rounded = round(value, decimals)
    return int(rounded) if rounded == int(rounded) else rounded
