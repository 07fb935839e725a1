"""Cutting a line out of a page, upright and at the recogniser's height."""

from __future__ import annotations

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


def cut(image: Pixels, corners: Corners, *, x_scale: float = X_SCALE) -> Pixels:
    """The area within the corners, `LINE_HEIGHT` high and as wide as its shape and `x_scale` make it."""
    high, wide = max(height(corners), 1.0), max(width(corners), 1.0)
    columns = min(max(round(LINE_HEIGHT / high * wide * x_scale), 1), _MAX_WIDTH)
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0, (image.shape[1] - 1, image.shape[0] - 1))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    piece, source = image[top:bottom, left:right], corners - (left, top)
    while high > _MUCH_HIGHER * LINE_HEIGHT:
        piece, source, high = halved(piece), source / 2, high / 2
    a, b, c, d = source
    # What a step right and one down in the line are in the piece: the quad is a rectangle, or one the page's edge cuts.
    right_step, down_step = (b + c - a - d) / (2 * columns), (c + d - a - b) / (2 * LINE_HEIGHT)
    # Half a pixel, as OpenCV counts from the middles of pixels and corners from their edges.
    start = (a + b + c + d) / 4 - right_step * (columns - 1) / 2 - down_step * (LINE_HEIGHT - 1) / 2 - 0.5
    line = cv2.warpAffine(
        piece,
        np.column_stack((right_step, down_step, start)),
        (columns, LINE_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(line, np.uint8)
