"""Whether the text of a text layer leaves ink on the page: scanners and their kind hide their guesses in it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium

from read_operations.boxes import Box

#: Modes that neither fill nor draw round the characters.
_INKLESS: Final = frozenset((pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP))
_OUTLINED: Final = frozenset((pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP))
#: Of 255: fainter than this, nobody reads it.
_LEAST_ALPHA: Final = 8
#: Of 255: all three lighter than this pass for white.
_WHITE: Final = 250
#: Clip paths and their corners looked at; more than four corners hardly ever make a rectangle.
_MAX_PATHS: Final = 4
_MAX_CORNERS: Final = 32
#: The clip of what is not clipped.
EVERYWHERE: Final = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Ink:
    """How a text object is drawn."""

    visible: bool
    #: To be seen on something dark only.
    white: bool
    #: Left, bottom, right, top of what it is clipped to, in PDFium's coordinates.
    clip: Box


def ink_of(source: Any) -> Ink:
    """How a text object is drawn."""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(source)
    if mode in _INKLESS:
        return Ink(False, False, EVERYWHERE)
    color = tuple(ctypes.c_uint() for _ in range(4))
    paint = pdfium.FPDFPageObj_GetStrokeColor if mode in _OUTLINED else pdfium.FPDFPageObj_GetFillColor
    if not paint(source, *color):
        return Ink(True, False, _clip(source))
    *levels, alpha = (channel.value for channel in color)
    return Ink(alpha >= _LEAST_ALPHA, min(levels) >= _WHITE, _clip(source))


def _clip(source: Any) -> Box:
    """The rectangle that no ink can leave."""
    path = pdfium.FPDFPageObj_GetClipPath(source)
    left, bottom, right, top = EVERYWHERE
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(min(pdfium.FPDFClipPath_CountPaths(path), _MAX_PATHS) if path else 0):
        count = pdfium.FPDFClipPath_CountPathSegments(path, i)
        if not 0 < count <= _MAX_CORNERS:
            continue
        corners = []
        for j in range(count):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(path, i, j), x, y)
            corners.append((x.value, y.value))
        xs, ys = zip(*corners, strict=True)
        left, right = max(left, min(xs)), min(right, max(xs))
        bottom, top = max(bottom, min(ys)), min(top, max(ys))
    return left, bottom, right, top
