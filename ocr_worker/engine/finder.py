"""Finding lines with no more work than it needs: a quick look at all pages, a careful one where that seems wrong."""

from __future__ import annotations

from typing import Final, Protocol

from ocr_worker.engine.angle import upright_share
from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import Pixels

#: Text that runs up and down by more than this share is more often the columns of a table, taken for lines.
_SUSPICIOUS_SHARE: Final = 0.05


class LineFinder(Protocol):
    """Finds lines on a page: one network, two of them, or a stand-in."""

    def find(self, image: Pixels) -> Quads:
        """Quads around the lines of text, as `Detector.find` returns them."""
        ...


class TwoFinders:
    """Finds lines with a quick finder, and again with a careful one where those run up and down the image."""

    def __init__(self, quick: LineFinder, careful: LineFinder) -> None:
        self._quick = quick
        self._careful = careful

    def find(self, image: Pixels) -> Quads:
        """See `LineFinder.find`."""
        quads = self._quick.find(image)
        return self._careful.find(image) if upright_share(quads) > _SUSPICIOUS_SHARE else quads
