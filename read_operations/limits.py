"""Limits that are looked at on both sides: in the gateway as far as a header tells, and where a document is opened."""

from __future__ import annotations

from read_operations.errors import DimensionOutOfRange
from read_operations.settings import Settings


def check_sides(width: int, height: int, settings: Settings) -> None:
    """Looks at the size an image's header states, before anything is decoded.

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
        "The input image dimensions are out of range. "
        f"The image has {width} x {height} pixels; each side must have {least} to {most}. {remedy}"
    )
