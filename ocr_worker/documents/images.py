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
#: Of a JPEG that is not drawn in many: its own scan, and those of two previews.
_FEW_SCANS: Final = 3


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
        scans = _scans(file) if format is Format.JPEG and size else 1
        with opened(file, format) as image:
            check_image_bytes(image, size, settings)
            return decoded(image, settings, soon=scans <= _FEW_SCANS)


def _scans(file: IO[bytes]) -> int:
    """How many scans a JPEG is drawn in, by the marker before each; within the data of one it does not occur.

    Raises:
        DocumentDamaged: there are more than any program writes.
    """
    at = -1
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for count in range(_MOST_SCANS + 1):
            at = data.find(_START_OF_SCAN, at + 1)
            if at < 0:
                return count
    raise DocumentDamaged(f"The JPEG image is drawn in more than {_MOST_SCANS} scans. Save it again and send that.")
