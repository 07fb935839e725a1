"""Quads as arrays: four corners, clockwise from the top-left of the text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from read_operations.records import Quad

#: Shape (4, 2): corners with x and y, clockwise from the top-left of the text.
Corners = npt.NDArray[np.float64]
#: Shape (n, 4, 2).
Quads = npt.NDArray[np.float64]


def width(corners: Corners) -> float:
    """Length of the text's top and bottom edge, the mean."""
    a, b, c, d = corners.tolist()
    return (math.dist(a, b) + math.dist(d, c)) / 2


def height(corners: Corners) -> float:
    """Length of the text's left and right edge, the mean."""
    a, b, c, d = corners.tolist()
    return (math.dist(a, d) + math.dist(b, c)) / 2


def short_sides(quads: Quads) -> npt.NDArray[np.float64]:
    """The shortest side of each quad."""
    return np.asarray(np.linalg.norm(quads - np.roll(quads, 1, axis=1), axis=2).min(axis=1))


def turned(corners: Corners | Quads, quarters: int) -> Corners | Quads:
    """The same area, or areas, for text that is turned clockwise by so many quarters more: other corners come first."""
    return np.roll(corners, -quarters, axis=-2)


def parts(corners: Corners | Quads, spans: Sequence[tuple[float, float]]) -> Quads:
    """Parts of a quad between fractions of its length, two each, cut along its own top and bottom edges.

    Args:
        corners: of the quad, or those of one for each part.
        spans: where each part starts and ends, from 0 to 1.
    """
    a, b, c, d = (corners[..., i, None, :] for i in range(4))
    ends = np.array(spans)[:, :, None]
    return np.concatenate((a + (b - a) * ends, d + (c - d) * ends[:, ::-1]), axis=1)


def to_records(quads: Quads) -> list[Quad]:
    """Quads as the records have them, to a tenth of a pixel: finer is noise."""
    return [cast(Quad, tuple(corners)) for corners in quads.reshape(-1, 8).round(1).tolist()]


def straightened(corners: Corners, degrees: float) -> Corners:
    """A rectangle around the same middle, as wide and high as the quad, for text that is turned by so many degrees."""
    # In plain numbers: NumPy takes three times as long for so few.
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across, down = width(corners) / 2, height(corners) / 2
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners.tolist()
    x, y = (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    ends = ((-across, -down), (across, -down), (across, down), (-across, down))
    return np.array([(x + along * cos - below * sin, y + along * sin + below * cos) for along, below in ends])
