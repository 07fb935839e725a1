"""Cutting a line out of a page, upright and at the recogniser's height."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ocr_worker.engine.geometry import Corners, height, width
from ocr_worker.engine.port import Pixels

#: What the recognition networks were trained on.
LINE_HEIGHT: Final = 48
#: Lines are narrowed by this unless better is known: the network's cost is its width, and its text is no worse.
X_SCALE: Final = 0.8
#: Handwriting is read far better as wide as it is, so this is tried with lines that come out weak.
SECOND_X_SCALE: Final = 1.0
#: No line can be longer: that of a page as wide as may be, five pixels high.
_MAX_WIDTH: Final = 80_000


def cut(image: Pixels, corners: Corners, *, x_scale: float = X_SCALE) -> Pixels:
    """The area within the corners, `LINE_HEIGHT` high and as wide as its shape and `x_scale` make it."""
    high, wide = max(height(corners), 1.0), max(width(corners), 1.0)
    columns = min(max(round(LINE_HEIGHT / high * wide * x_scale), 1), _MAX_WIDTH)
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0, (image.shape[1] - 1, image.shape[0] - 1))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    piece = image[top:bottom, left:right]
    source = corners - (left, top)
    # Where the line is much higher than wanted, interpolation alone would skip pixels.
    shrink = high / LINE_HEIGHT
    if shrink > 1.5:
        size = max(round(piece.shape[1] / shrink), 1), max(round(piece.shape[0] / shrink), 1)
        source = source * (size[0] / piece.shape[1], size[1] / piece.shape[0])
        piece = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.uint8)
    target = np.array(((0, 0), (columns, 0), (columns, LINE_HEIGHT), (0, LINE_HEIGHT)), np.float32)
    # Half a pixel, as OpenCV counts from the middles of pixels and corners from their edges.
    matrix = cv2.getPerspectiveTransform((source - 0.5).astype(np.float32), target - np.float32(0.5))
    line = cv2.warpPerspective(
        piece, matrix, (columns, LINE_HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(line, np.uint8)
