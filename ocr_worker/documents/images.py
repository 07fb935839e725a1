"""Formats of one image: JPEG, PNG, BMP."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import IO, Final

from ocr_worker.documents.decoding import decoded, opened, stored
from ocr_worker.documents.limits import check_image_bytes
from ocr_worker.documents.page_image import PageImage
from read_operations.errors import DocumentDamaged
from read_operations.limits import check_sides
from read_operations.records import Format
from read_operations.settings import Settings

_START_OF_SCAN: Final = b"\xff\xda"
#: The whole picture is drawn anew for each, be it of some bytes. Programs write about ten; previews have theirs, too.
_MOST_SCANS: Final = 100


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
    with stored(path) as file:
        size = os.fstat(file.fileno()).st_size
        if format is Format.JPEG and size:
            _check_scans(file)
        with opened(file, format) as image:
            check_image_bytes(image, size, settings)
            return decoded(image, settings)


def _check_scans(file: IO[bytes]) -> None:
    """Looks for the marker before each scan; within the data of one it does not occur."""
    at = -1
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for _ in range(_MOST_SCANS + 1):
            at = data.find(_START_OF_SCAN, at + 1)
            if at < 0:
                return
    raise DocumentDamaged(f"The JPEG image is drawn in more than {_MOST_SCANS} scans. Save it again and send that.")
