"""Which way text runs: the angle of a page from the quads of its lines."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ocr_worker.engine.geometry import Corners, Quads, height, width

#: How much longer than wide a quad is that shows which way its text runs.
_ELONGATED: Final = 2.5
#: How much longer than high a quad is whose own angle says something: a pixel more or less at one end of a short word
#: turns it by degrees.
_LONG: Final = 4
#: By so much the quad of a short word may be off.
UNSURE_DEGREES: Final = 6


def line_angle(corners: Corners) -> float:
    """Clockwise turn of a line in degrees, in (-180, 180]."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners.tolist()
    return wrapped(math.degrees(math.atan2(by - ay + cy - dy, bx - ax + cx - dx)))


def page_angle(quads: Quads) -> float:
    """Clockwise turn of the text in degrees, in (-180, 180]: the median of its long lines.

    The upper one of two in the middle. The service gives such a median, too, as its recorded answers show.
    """
    if not len(quads):
        return 0.0
    long = np.array([width(corners) >= _LONG * height(corners) for corners in quads])
    if long.any():
        quads = quads[long]
    angles = np.array([line_angle(corners) for corners in quads])
    # Measured from the longest line, so that -179 and 179 are neighbours.
    origin = angles[int(np.argmax([width(corners) for corners in quads]))]
    offsets = np.sort((angles - origin + 180) % 360 - 180)
    angle = wrapped(float(origin + offsets[len(offsets) // 2]))
    quarter = round(angle / 90) * 90
    if not long.any() and abs(angle - quarter) < UNSURE_DEGREES:
        return wrapped(quarter)
    return round(angle, 4)


def upright_share(quads: Quads) -> float:
    """How much of the text, by its length, runs up or down the image, from 0 to 1.

    Short words have no say: a digit that stands alone is higher than wide, and there are pages full of them.
    """
    long = [(width(corners), height(corners)) for corners in quads if is_elongated(corners)]
    across, along = sum(wide for wide, high in long if wide > high), sum(high for wide, high in long if high > wide)
    return along / (along + across) if along else 0.0


def sideways(quads: Quads) -> bool:
    """Whether most of the text runs up or down the image."""
    return upright_share(quads) > 0.5


def is_elongated(corners: Corners) -> bool:
    """Whether a quad is so long that it shows which way its text runs."""
    short, long = sorted((width(corners), height(corners)))
    return long > _ELONGATED * short


def wrapped(degrees: float) -> float:
    """The same direction in (-180, 180]."""
    rest = degrees % 360
    return rest - 360 if rest > 180 else rest
