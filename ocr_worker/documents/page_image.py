"""A page as the engine wants it: its pixels, and what they measure on the page."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_worker.engine.port import Pixels
from read_operations.records import Unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageImage:
    """One page, upright as a viewer shows it."""

    #: C-contiguous; grey where the file says so.
    pixels: Pixels
    #: The page's size in `unit`: inches for PDF, the frame's own pixels for images.
    width: float
    height: float
    unit: Unit

    @property
    def units_per_pixel(self) -> tuple[float, float]:
        """What a pixel measures across and down, in page units: multiply boxes by it.

        The two differ where pixels were not square; both are 1 for an image that was neither stretched nor shrunk.
        """
        rows, columns = self.pixels.shape[:2]
        return self.width / columns, self.height / rows
