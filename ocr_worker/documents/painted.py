"""Areas of a PDF page that are painted, behind which text may be."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium

from read_operations.boxes import Box

#: Points below which a side of what is painted is too short to be part of a bar: rules, and letters drawn as curves.
_LEAST_SIDE: Final = 2.0
#: Points from which on a stroke hides text, as that of a broad pen does.
_BROAD: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """An area that is painted."""

    #: Its place in the order of drawing.
    order: int
    #: In inches of the page as it is shown.
    box: Box
    #: Whether it is blended with what is below it.
    blended: bool


def hides_words(box: Box) -> bool:
    """Whether what lies in a box, in points, is large enough to hide a word, or a part of one."""
    return box[2] - box[0] >= _LEAST_SIDE and box[3] - box[1] >= _LEAST_SIDE


def paints(item: Any, kind: int) -> bool:
    """Whether an object of a page paints an area; whether anything can be seen through it is not asked."""
    if kind == pdfium.FPDF_PAGEOBJ_SHADING:
        return True
    fill, stroke, width = ctypes.c_int(), ctypes.c_int(), ctypes.c_float()
    if kind != pdfium.FPDF_PAGEOBJ_PATH or not pdfium.FPDFPath_GetDrawMode(item, fill, stroke):
        return False
    if fill.value != pdfium.FPDF_FILLMODE_NONE:
        return True
    return bool(stroke.value and pdfium.FPDFPageObj_GetStrokeWidth(item, width) and width.value >= _BROAD)
