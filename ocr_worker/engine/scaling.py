"""Making images smaller by a whole factor, for which OpenCV has a way many times as quick as for any other."""

from __future__ import annotations

import cv2
import numpy as np

from ocr_worker.engine.port import Pixels


def shrunk(image: Pixels, factor: int) -> Pixels:
    """The image so many times smaller: each pixel is the mean of a square. What is less than one at the ends is lost."""
    rows, columns = (max(side // factor, 1) for side in image.shape[:2])
    squares = image[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(squares, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
