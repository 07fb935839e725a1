"""Formats of one image: JPEG, PNG, BMP."""

from __future__ import annotations

import mmap
import os
import re
from pathlib import Path
from typing import IO, Final

from ocr_worker.documents.decoding import decoded, opened, stored
from ocr_worker.documents.limits import check_image_bytes
from ocr_worker.documents.page_image import PageImage
from read_operations.errors import DocumentDamaged
from read_operations.limits import check_sides
from read_operations.records import Format
from read_operations.settings import Settings

#: The end of the image, and the markers with a length behind them, by which they are passed over. An `FF` in the data
#: of a scan has zero behind it or a restart.
_MARKER: Final = re.compile(rb"\xff[\xc0-\xcf\xd9-\xdd\xe0-\xef\xfe]")
_START_OF_SCAN: Final = b"\xff\xda"
_END_OF_IMAGE: Final = b"\xff\xd9"
#: Nobody writes as many; behind them scans are counted wherever they may be, as each marker takes its time.
_MOST_MARKERS: Final = 10_000
#: The whole picture is drawn anew for each, be it of some bytes. Programs write about ten.
_MOST_SCANS: Final = 100
#: Of a JPEG that is not drawn in many: one, or one for each colour.
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
    """How many scans a JPEG is drawn in, by its markers: not those of previews, nor of what phones append to it.

    What is broken is none, and left to the decoder, which looks for the next marker as well.

    Raises:
        DocumentDamaged: there are more than any program writes.
    """
    count = at = 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for _ in range(_MOST_MARKERS):
            found = _MARKER.search(data, at)
            if found is None or found[0] == _END_OF_IMAGE:
                return count
            count += found[0] == _START_OF_SCAN
            if count > _MOST_SCANS:
                break
            length = int.from_bytes(data[found.end() : found.end() + 2])
            at = found.end() + max(2, length)
        while count <= _MOST_SCANS:
            at = data.find(_START_OF_SCAN, at) + 1
            if at == 0:
                return count
            count += 1
    raise DocumentDamaged(f"The JPEG image is drawn in more than {_MOST_SCANS} scans. Save it again and send that.")
