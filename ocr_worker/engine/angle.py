"""Which way text runs: the angle of a page from the quads of its lines."""

from __future__ import annotations

import math

import numpy as np

from ocr_worker.engine.geometry import Corners, Quads, height, width


def line_angle(corners: Corners) -> float:
    """Clockwise turn of a line in degrees, in (-180, 180]."""
    (a, b, c, d) = corners
    along = (b - a) + (c - d)
    return wrapped(math.degrees(math.atan2(along[1], along[0])))


def page_angle(quads: Quads) -> float:
    """Clockwise turn of the text in degrees, in (-180, 180]: the median of its lines, each weighing its width."""
    if not len(quads):
        return 0.0
    angles = np.array([line_angle(corners) for corners in quads])
    weights = np.array([width(corners) for corners in quads])
    # Measured from the longest line, so that -179 and 179 are neighbours.
    origin = angles[weights.argmax()]
    offsets = (angles - origin + 180) % 360 - 180
    ranking = offsets.argsort()
    reached = weights[ranking].cumsum()
    middle = ranking[int(np.searchsorted(reached, reached[-1] / 2))]
    return round(wrapped(float(origin + offsets[middle])), 4)


def sideways(quads: Quads) -> bool:
    """Whether most of the text runs up or down the image."""
    across = sum(width(corners) for corners in quads if width(corners) > 1.5 * height(corners))
    along = sum(height(corners) for corners in quads if height(corners) > 1.5 * width(corners))
    return along > across


def wrapped(degrees: float) -> float:
    """The same direction in (-180, 180]."""
    rest = degrees % 360
    return rest - 360 if rest > 180 else rest
