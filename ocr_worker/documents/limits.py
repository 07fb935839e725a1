"""How large a document may be: its pages in number, a page's picture in memory."""

from __future__ import annotations

import math
from typing import Final

from read_operations.errors import DocumentTooLarge
from read_operations.settings import Settings

#: Most pixels of a page image: an A3 page at 300 dpi fits 1.4 times, and as BGR it takes 75 MB.
MAX_PIXELS: Final = 25_000_000


def check_page_count(count: int, settings: Settings) -> None:
    """Refuses documents of too many pages; the first `max_pages` alone would look like the whole.

    Raises:
        DocumentTooLarge: there are more pages than the settings allow.
    """
    if count > settings.max_pages:
        raise DocumentTooLarge(
            f"The document has more than {settings.max_pages:,} pages. Split it and send the parts one by one."
        )


def fitted(width: float, height: float) -> tuple[int, int]:
    """The size in whole pixels of a picture of this shape: its own, or less where it has more than `MAX_PIXELS`."""
    scale = min(1.0, math.sqrt(MAX_PIXELS / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))
