"""Limits that are looked at on both sides: in the gateway as far as a header tells, and where a document is opened."""

from __future__ import annotations

from read_operations.errors import DimensionOutOfRange, DocumentTooLarge
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


def check_decompression(decompressed: int, stored: int, settings: Settings, what: str) -> None:
    """Looks at what some bytes of a document decompress to, as far as that is known.

    Args:
        decompressed: bytes.
        stored: bytes they were made of.
        settings: for the ratio, and up to where it does not count.
        what: first words of the error.

    Raises:
        DocumentTooLarge: it is more than the settings allow.
    """
    ratio, floor = settings.max_decompression_ratio, settings.decompression_floor_bytes
    if decompressed > max(floor, ratio * stored):
        raise DocumentTooLarge(
            f"{what} decompresses to more than {ratio} times its {stored:,} bytes "
            f"(READFLEET_MAX_DECOMPRESSION_RATIO, which counts beyond {floor:,} bytes). Save it smaller."
        )
