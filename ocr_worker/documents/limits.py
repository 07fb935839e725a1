"""How large a picture may be: on arrival, and in memory."""

from __future__ import annotations

import math
from typing import Final

from read_operations.errors import DimensionOutOfRange, DocumentTooLarge
from read_operations.settings import Settings

#: Most pixels of a page image: an A3 page at 300 dpi fits 1.4 times, and as BGR it takes 75 MB.
MAX_PIXELS: Final = 25_000_000


def check_sides(width: int, height: int, settings: Settings) -> None:
    """Looks at the size a header states, before anything is decoded.

    Raises:
        DimensionOutOfRange: a side is shorter or longer than the settings allow.
    """
    least, most = settings.min_image_side, settings.max_image_side
    if least <= min(width, height) and max(width, height) <= most:
        return
    remedy = (
        "Send a smaller version of it, or cut it up." if max(width, height) > most else "Send a larger version of it."
    )
    raise DimensionOutOfRange(
        f"The image has {width:,} x {height:,} pixels; each side must have {least:,} to {most:,}. {remedy}"
    )


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
