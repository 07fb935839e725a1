"""Finding lines with no more work than it needs: a quick look at all pages, other ones where that seems wrong."""

from __future__ import annotations

from typing import Final, Protocol

import cv2
import numpy as np

from ocr_worker.engine.angle import upright_share
from ocr_worker.engine.geometry import Quads, short_sides
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.unstacking import unstacked

#: Of lines that are lower, in pixels of the image, quick finders miss the ends.
_SMALL_PX: Final = 11.0
#: Text that runs up and down by more than this share is more often the columns of a table, taken for lines.
_SUSPICIOUS_SHARE: Final = 0.05
#: The longer side of a page, in pixels, as it is seen from afar.
_AFAR_PX: Final = 256


class LineFinder(Protocol):
    """Finds lines on a page: one network, two of them, or a stand-in."""

    def find(self, image: Pixels) -> Quads:
        """Quads around the lines of text, as `Detector.find` returns them."""
        ...


class RowFinder:
    """Finds lines with another finder, and the rows of the columns that it takes for lines."""

    def __init__(self, finder: LineFinder) -> None:
        self._finder = finder

    def find(self, image: Pixels) -> Quads:
        """See `LineFinder.find`."""
        return unstacked(image, self._finder.find(image))


class TwoFinders:
    """Finds lines with a quick finder, and again with a careful one where they are tiny or many run up and down."""

    def __init__(self, quick: LineFinder, careful: LineFinder) -> None:
        self._quick = quick
        self._careful = careful

    def find(self, image: Pixels) -> Quads:
        """See `LineFinder.find`."""
        quads = self._quick.find(image)
        return self._careful.find(image) if upright_share(quads) > _SUSPICIOUS_SHARE or _is_small(quads) else quads


class FarFinder:
    """Finds letters that nearly fill a page, which networks take for none: has another finder look from afar."""

    def __init__(self, finder: LineFinder) -> None:
        self._finder = finder

    def find(self, image: Pixels) -> Quads:
        """See `LineFinder.find`; nothing on images that are small as they are."""
        height, width = image.shape[:2]
        scale = _AFAR_PX / max(height, width)
        if scale >= 1:
            return np.empty((0, 4, 2))
        rows, columns = max(round(height * scale), 1), max(round(width * scale), 1)
        small = np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
        scaled: Quads = self._finder.find(small) * (width / columns, height / rows)
        return scaled


def _is_small(quads: Quads) -> bool:
    return len(quads) > 0 and float(np.median(short_sides(quads))) < _SMALL_PX
