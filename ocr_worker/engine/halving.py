"""Making images half as large, for which OpenCV has a way many times as quick as for any other factor."""

from __future__ import annotations

import cv2

from ocr_worker.engine.port import Pixels
from ocr_worker.engine.room import Room


def halved(image: Pixels, room: Room | None = None) -> Pixels:
    """The image half as wide and high: each pixel is the mean of four. Of an odd side the last one is lost.

    Args:
        image: grey or in colour.
        room: what it is put into; by default, new memory.
    """
    rows, columns = (max(side // 2, 1) for side in image.shape[:2])
    half = (room or Room()).array(rows, columns, *image.shape[2:])
    cv2.resize(image[: 2 * rows, : 2 * columns], (columns, rows), dst=half, interpolation=cv2.INTER_AREA)
    return half
