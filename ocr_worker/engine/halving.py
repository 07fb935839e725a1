"""Making images half as large, for which OpenCV has a way many times as quick as for any other factor."""

from __future__ import annotations

import cv2
import numpy as np

from ocr_worker.engine.port import Pixels


def halved(image: Pixels) -> Pixels:
    """The image half as wide and high: each pixel is the mean of four. Of an odd side the last one is lost."""
    rows, columns = (max(side // 2, 1) for side in image.shape[:2])
    return np.asarray(
        cv2.resize(image[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA), np.uint8
    )
