"""How many pixels a PDF page is drawn with."""

from __future__ import annotations

import itertools
import math
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from ocr_worker.documents.limits import MAX_PIXELS
from read_operations.records import POINTS_PER_INCH

#: For pages that are drawn, not scanned: 10-point text gets 28 pixels, more than a recogniser looks at.
DEFAULT_DPI: Final = 200.0
#: A scanned page is drawn at its own resolution within these: above, nothing more is read; below, it is only enlarged.
_SCAN_DPI: Final = (150.0, 300.0)
#: Long side, in pixels, that a small drawn page gets at least; a label's text is often small too.
_LEAST_LONG_SIDE: Final = 1_000
#: Long side up to which a scan may exceed its dpi: a letter's at 300. Scans often state a page far too small.
_SCAN_LONG_SIDE: Final = 3_300
#: A page is a scan when pictures cover this share of it (strips and layers count together) ...
_SCAN_SHARE: Final = 0.8
#: ... and of those, stamps and dots smaller than this share say nothing about its resolution.
_PICTURE_SHARE: Final = 0.05
#: Objects looked at: enough for a scan with a word of hidden text each, few enough for a drawing of 100,000 lines.
_MAX_OBJECTS: Final = 5_000
#: Groups are opened this deep; scanning software wraps a page once or twice.
_MAX_DEPTH: Final = 3


def page_dpi(width: float, height: float, scan_dpi: float | None, max_side: int) -> float:
    """The resolution to draw a page at.

    Args:
        width: in inches.
        height: in inches.
        scan_dpi: the resolution of the scan that fills the page, if one does.
        max_side: most pixels of a side.
    """
    long_side = max(width, height)
    if scan_dpi is None:
        dpi = max(DEFAULT_DPI, _LEAST_LONG_SIDE / long_side)
    else:
        least, most = _SCAN_DPI
        dpi = min(max(scan_dpi, least), max(most, _SCAN_LONG_SIDE / long_side))
    return min(dpi, max_side / long_side, math.sqrt(MAX_PIXELS / (width * height)))


def scan_dpi(page: pypdfium2.PdfPage, width: float, height: float) -> float | None:
    """The finest resolution of the pictures of a page of this size in inches, if they are what the page consists of."""
    covered = 0.0
    finest: float | None = None
    objects = page.get_objects(max_depth=_MAX_DEPTH)
    for item in itertools.islice(objects, _MAX_OBJECTS):
        if item.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        a, b, c, d = _matrix(item)
        share = abs(a * d - b * c) / POINTS_PER_INCH**2 / (width * height)
        covered += share
        if share >= _PICTURE_SHARE:
            columns, rows = item.get_px_size()
            dpi = min(columns / (math.hypot(a, b) / POINTS_PER_INCH), rows / (math.hypot(c, d) / POINTS_PER_INCH))
            finest = max(finest or 0.0, dpi)
    return finest if covered >= _SCAN_SHARE else None


def _matrix(item: Any) -> tuple[float, float, float, float]:
    """The vectors, in points, of a picture's lower and left edge on the page."""
    matrix = item.get_matrix()
    while (item := item.container) is not None:
        matrix = matrix.multiply(item.get_matrix())
    a, b, c, d, *_ = matrix.get()
    return a, b, c, d
