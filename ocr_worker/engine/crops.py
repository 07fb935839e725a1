"""Cutting a line out of a page, upright and at the recogniser's height."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from ocr_worker.engine.geometry import Corners, height, width
from ocr_worker.engine.halving import halved
from ocr_worker.engine.port import Pixels

#: What the recognition networks were trained on.
LINE_HEIGHT: Final = 48
#: Lines are narrowed by this unless better is known: the network's cost is its width, and its text is no worse.
X_SCALE: Final = 0.8
#: Handwriting is read far better as wide as it is, so this is tried with lines that come out weak.
SECOND_X_SCALE: Final = 1.0
#: No line can be longer: that of a page as wide as may be, five pixels high.
_MAX_WIDTH: Final = 80_000
#: A line so many times as high as wanted is halved first: interpolation alone would skip pixels.
_MUCH_HIGHER: Final = 1.5
#: A quad whose corners are off the page's rows and columns by no more pixels is cut out by whole ones and not turned,
#: which takes a fifth of the time. A pixel would be much of one that is lower than this.
_TILT: Final = 0.5
_LEVEL_HEIGHT: Final = 24


def cut(image: Pixels, corners: Corners, *, x_scale: float = X_SCALE) -> Pixels:
    """The area within the corners, `LINE_HEIGHT` high and as wide as its shape and `x_scale` make it."""
    high, wide = max(height(corners), 1.0), max(width(corners), 1.0)
    columns = min(max(round(LINE_HEIGHT / high * wide * x_scale), 1), _MAX_WIDTH)
    xs, ys = corners.T.tolist()
    if high >= _LEVEL_HEIGHT and (area := _level(xs, ys, image)):
        piece = image[area]
        while piece.shape[0] > _MUCH_HIGHER * LINE_HEIGHT:
            piece = halved(piece)
        return np.asarray(cv2.resize(piece, (columns, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)
    left, right = _range(xs, image.shape[1])
    top, bottom = _range(ys, image.shape[0])
    piece, scale = image[top:bottom, left:right], 1.0
    while high * scale > _MUCH_HIGHER * LINE_HEIGHT:
        piece, scale = halved(piece), scale / 2
    line = cv2.warpAffine(
        piece,
        np.array((_steps(xs, left, scale, columns), _steps(ys, top, scale, columns))),
        (columns, LINE_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(line, np.uint8)


def _level(xs: Sequence[float], ys: Sequence[float], image: Pixels) -> tuple[slice, slice] | None:
    """Rows and columns of a quad whose sides run along a page's: no pixel need be turned. None for any other."""
    (left, right, *_), (top, _, bottom, _) = xs, ys
    tilts = (xs[3] - left, xs[2] - right, ys[1] - top, ys[3] - bottom)
    if max(tilts) > _TILT or min(tilts) < -_TILT:
        return None
    rows, columns = slice(round(top), round(bottom)), slice(round(left), round(right))
    inside = 0 <= rows.start < rows.stop <= image.shape[0] and 0 <= columns.start < columns.stop <= image.shape[1]
    return (rows, columns) if inside else None


def _range(places: Sequence[float], size: int) -> tuple[int, int]:
    """First pixel and end of what holds these places on a side of so many pixels."""
    return min(max(math.floor(min(places)), 0), size - 1), math.ceil(max(places)) + 1


def _steps(places: Sequence[float], first: int, scale: float, columns: int) -> tuple[float, float, float]:
    """What a step right and one down in a line are in a piece of the page, and where its first pixel is.

    Args:
        places: of the line's corners on the page. They are a rectangle's, or one's that the page's edge cuts.
        first: where the piece begins.
        scale: of the piece.
        columns: how many the line has.
    """
    a, b, c, d = ((place - first) * scale for place in places)
    right, down = (b + c - a - d) / (2 * columns), (c + d - a - b) / (2 * LINE_HEIGHT)
    # Half a pixel, as OpenCV counts from the middles of pixels and corners from their edges.
    return right, down, (a + b + c + d) / 4 - right * (columns - 1) / 2 - down * (LINE_HEIGHT - 1) / 2 - 0.5
