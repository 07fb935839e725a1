"""The order of a page's lines."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ocr_worker.engine.geometry import Quads, height
from read_operations.records import ReadingOrder

#: Lines are of one row when their middles differ by less than this part of the lower one's height.
_ROW: Final = 0.5


def reading_order(quads: Quads, angle: float, order: ReadingOrder) -> list[int]:
    """Indices of the lines in the order wanted, on a page whose text is turned by `angle` degrees."""
    match order:
        case ReadingOrder.BASIC:
            return basic(quads, angle)
        case ReadingOrder.NATURAL:
            return natural(quads, angle)


def basic(quads: Quads, angle: float) -> list[int]:
    """Rows from the top, each from left to right, as the text stands."""
    if not len(quads):
        return []
    x, y = _upright_middles(quads, angle)
    heights = [height(corners) for corners in quads]
    starts = x - np.array([math.dist(q[0], q[1]) for q in quads]) / 2
    rows: list[list[int]] = []
    for i in np.argsort(y, kind="stable").tolist():
        # The row's last members decide, so that a row may rise or fall a little over the page.
        row = rows[-1] if rows else []
        nearest = min(row, key=lambda j: abs(x[j] - x[i]), default=None)
        if nearest is not None and abs(y[i] - y[nearest]) < _ROW * min(heights[i], heights[nearest]):
            row.append(i)
        else:
            rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda j: starts[j])]


def natural(quads: Quads, angle: float) -> list[int]:
    """As a person reads. Columns are not told apart yet: it is the same as `basic`."""
    return basic(quads, angle)


def _upright_middles(quads: Quads, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The middles of the quads, turned so that the text stands upright."""
    middles = quads.mean(axis=1)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return middles[:, 0] * cosine + middles[:, 1] * sine, middles[:, 1] * cosine - middles[:, 0] * sine
