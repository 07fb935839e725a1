"""The order of a page's lines.

`basic_order` and `natural_order` know nothing of images and readers: upright boxes in, indices out.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

import numpy as np

from ocr_worker.engine.columns import split
from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.stacks import BOTTOM, LEFT, RIGHT, TOP, Boxes, Indices, Layout
from read_operations.records import ReadingOrder

#: Lines are of one row when their tops differ by less than this part of the lower one's height.
_ROW: Final = 0.6
#: Coordinates are told apart down to this part of a line's height: what a rotation's rounding leaves is no difference.
_GRAIN: Final = 1 / 1024


def reading_order(quads: Quads, angle: float, order: ReadingOrder) -> list[int]:
    """Indices of the lines in the order wanted, on a page whose text is turned by `angle` degrees."""
    boxes = upright(quads, angle)
    match order:
        case ReadingOrder.BASIC:
            return basic_order(boxes)
        case ReadingOrder.NATURAL:
            return natural_order(boxes)


def basic_order(boxes: Boxes) -> list[int]:
    """Rows from the top, each from left to right.

    Args:
        boxes: left, top, right and bottom of each line, y downwards, in any unit.
    """
    boxes = _levelled(boxes)
    return [int(i) for i in _rows(boxes, np.arange(len(boxes)))]


def natural_order(boxes: Boxes) -> list[int]:
    """As a person reads: column after column where there are columns, otherwise as `basic_order`.

    Args:
        boxes: left, top, right and bottom of each line, y downwards, in any unit.
    """
    boxes = _levelled(boxes)
    if not len(boxes):
        return []
    layout = Layout.of(boxes)
    order: list[int] = []
    # A list of what is still to be read, its next part last, in place of recursion: nesting has no limit.
    parts = [layout.ranking]
    while parts:
        lines = parts.pop()
        pieces = split(layout, lines)
        if len(pieces) > 1:
            parts.extend(reversed(pieces))
        else:
            order.extend(int(i) for i in _rows(boxes, lines))
    return order


def upright(quads: Quads, angle: float) -> Boxes:
    """The quads' boxes once the page is turned so that its text stands upright, shape (n, 4).

    A box goes through the middles of its quad's edges, so that a line that tilts against its page does not grow.
    """
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x = np.sort(quads[..., 0] * cosine + quads[..., 1] * sine, axis=1)
    y = np.sort(quads[..., 1] * cosine - quads[..., 0] * sine, axis=1)
    edges = (x[:, :2].mean(axis=1), y[:, :2].mean(axis=1), x[:, 2:].mean(axis=1), y[:, 2:].mean(axis=1))
    return np.stack(edges, axis=1)


def _levelled(boxes: Boxes) -> Boxes:
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    grain = float(np.median(boxes[:, BOTTOM] - boxes[:, TOP])) * _GRAIN if len(boxes) else 0.0
    return np.round(boxes / grain) if grain > 0 else boxes


def _rows(boxes: Boxes, lines: Indices) -> list[int]:
    """The lines by rows."""
    here = boxes[lines]
    ranking = lines[np.lexsort((here[:, BOTTOM], here[:, RIGHT], here[:, LEFT], here[:, TOP]))]
    ordered: list[int] = []
    #: The row at hand, from the left: middle, top, height, line.
    row: list[tuple[float, float, float, int]] = []
    for i in ranking.tolist():
        left, top, right, bottom = boxes[i].tolist()
        entry = ((left + right) / 2, top, bottom - top, i)
        at = bisect_left(row, entry)
        # The neighbour in the row decides, so that a row may rise or fall a little over the page.
        neighbour = min(row[max(at - 1, 0) : at + 1], key=lambda other: abs(other[0] - entry[0]), default=entry)
        if abs(top - neighbour[1]) >= _ROW * min(entry[2], neighbour[2]) and row:
            ordered += _from_the_left(boxes, row)
            row, at = [], 0
        row.insert(at, entry)
    return ordered + _from_the_left(boxes, row)


def _from_the_left(boxes: Boxes, row: list[tuple[float, float, float, int]]) -> list[int]:
    return sorted(
        (i for *_, i in row), key=lambda i: (boxes[i, LEFT], boxes[i, TOP], boxes[i, RIGHT], boxes[i, BOTTOM])
    )
