"""How large a document may be: its pages in number and size, a page's picture in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from read_operations.errors import DocumentTooLarge, PageRefused
from read_operations.limits import check_decompression
from read_operations.records import POINTS_PER_INCH
from read_operations.settings import Settings

if TYPE_CHECKING:
    from PIL import Image

#: Most pixels of a page image in colour: an A3 page at 300 dpi fits 1.4 times, and as RGB it takes 75 MB. In grey it
#: may take as much, and so have three times as many: an A4 page at 600 dpi fits twice.
MAX_PIXELS: Final = 25_000_000
#: Of a sample, where it has not 8.
_BITS: Final = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}


def check_page_count(count: int, settings: Settings) -> None:
    """Refuses documents of too many pages; the first `max_pages` alone would look like the whole.

    Raises:
        DocumentTooLarge: there are more pages than the settings allow.
    """
    if count > settings.max_pages:
        raise DocumentTooLarge(
            f"The document has more than {settings.max_pages:,} pages. Split it and send the parts one by one."
        )


def check_page_size(width: float, height: float, settings: Settings) -> None:
    """Looks at the sides of a PDF page, in inches.

    Raises:
        PageRefused: one is longer than the settings allow.
    """
    most = settings.max_page_points
    if most is not None and max(width, height) * POINTS_PER_INCH > most:
        raise PageRefused(
            f"The page has {width * POINTS_PER_INCH:,.0f} x {height * POINTS_PER_INCH:,.0f} points; a side may have "
            f"{most:,.0f} (READFLEET_MAX_PAGE_POINTS). Print it to a smaller page and send that."
        )


def check_image_bytes(image: Image.Image, stored: int, settings: Settings) -> None:
    """Looks at what an opened image of so many stored bytes decodes to, by its header.

    Raises:
        DocumentTooLarge: it is more than the settings allow.
    """
    bits = _BITS.get(image.mode, 8) * len(image.getbands())
    check_decompression(image.width * image.height * bits // 8, stored, settings, "The image")


def fitted(width: float, height: float, *, grey: bool) -> tuple[int, int]:
    """The size in whole pixels of a picture of this shape: its own, or less where it has more pixels than it may."""
    scale = min(1.0, math.sqrt(MAX_PIXELS * (3 if grey else 1) / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))
