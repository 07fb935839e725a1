"""Formats of one image: JPEG, PNG, BMP."""

from __future__ import annotations

from pathlib import Path

from ocr_worker.documents.decoding import decoded, opened, stored
from ocr_worker.documents.page_image import PageImage
from read_operations.limits import check_sides
from read_operations.records import Format
from read_operations.settings import Settings


def check_image(path: Path, format: Format, settings: Settings) -> None:
    """Reads the header.

    Raises:
        DocumentError: it is damaged, or the image is too small or too large.
    """
    with stored(path) as file, opened(file, format) as image:
        check_sides(*image.size, settings)


def load_image(path: Path, format: Format, settings: Settings) -> PageImage:
    """Decodes the image.

    Raises:
        DocumentError: it is damaged, or too small or too large.
        PageFailed: there is not enough memory to decode it.
    """
    with stored(path) as file, opened(file, format) as image:
        return decoded(image, settings)
