"""Text that something drawn later covers, such as a black bar over a name: PDFium gives it all the same."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from ocr_worker.documents.sketch import MAX_OBJECTS, sketch
from ocr_worker.documents.text_words import LayerWord
from read_operations.boxes import Box
from read_operations.records import POINTS_PER_INCH

#: Points below which a side of what is painted is too short to hide a word: rules, and letters drawn as curves.
_LEAST_SIDE: Final = 4.0
#: Points from which on a stroke hides text, as that of a broad pen does.
_BROAD: Final = 4.0
#: A word may be hidden if one thing that was painted later lies on so much of its box,
_BEHIND: Final = 0.3
#: and it can be seen if so much of its length looks otherwise without it.
_SEEN: Final = 0.4
#: So much of a word's height, above and below, is not looked at: other lines reach in there.
_RIM: Final = 0.25
#: Words and covers that are compared at once.
_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """An area that is painted."""

    #: Its place in the order of drawing.
    order: int
    #: In inches of the page as it is shown.
    box: Box


def hides_words(box: Box) -> bool:
    """Whether what lies in a box, in points, is large enough to hide a word."""
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


def uncovered(
    page: Any, words: Sequence[LayerWord], orders: Mapping[int, int], covers: Sequence[Cover]
) -> tuple[list[LayerWord], list[LayerWord]]:
    """The words that can be seen, and those that cannot, as the page looks the same without them.

    On a page of so many objects that drawing it takes seconds all are taken for seen.

    Args:
        page: as PDFium has it.
        words: with ink of their own.
        orders: place in the order of drawing of each text object, by its address.
        covers: what is painted after any of them.
    """
    if max(len(covers), pdfium.FPDFPage_CountObjects(page)) > MAX_OBJECTS:
        return list(words), []
    behind = _behind(words, orders, covers)
    if not any(behind):
        return list(words), []
    sources = {word.place: word.source for word, doubted in zip(words, behind, strict=True) if doubted}.values()
    looks = sketch(page)
    for source in sources:
        pdfium.FPDFPageObj_SetIsActive(source, False)
    changed = (sketch(page) != looks).any(axis=2)
    for source in sources:
        pdfium.FPDFPageObj_SetIsActive(source, True)
    scale = changed.shape[1] / page.get_width() * POINTS_PER_INCH
    seen: list[LayerWord] = []
    hidden: list[LayerWord] = []
    for word, doubted in zip(words, behind, strict=True):
        (hidden if doubted and not _shows(word, changed, scale) else seen).append(word)
    return seen, hidden


def _behind(words: Sequence[LayerWord], orders: Mapping[int, int], covers: Sequence[Cover]) -> list[bool]:
    """For each word, whether something that was painted later lies on it."""
    if not words or not covers:
        return [False] * len(words)
    boxes = np.array([cover.box for cover in covers]).T
    painted = np.array([cover.order for cover in covers])
    written = np.array([math.inf if word.place is None else orders.get(word.place, math.inf) for word in words])
    found: list[bool] = []
    step = max(_AT_ONCE // len(covers), 1)
    for start in range(0, len(words), step):
        left, top, right, bottom = np.array([word.box for word in words[start : start + step]]).T[..., None]
        wide = (np.minimum(right, boxes[2]) - np.maximum(left, boxes[0])).clip(0)
        high = (np.minimum(bottom, boxes[3]) - np.maximum(top, boxes[1])).clip(0)
        on_it = wide * high >= _BEHIND * (right - left) * (bottom - top)
        found += (on_it & (painted > written[start : start + step, None])).any(axis=1).tolist()
    return found


def _shows(word: LayerWord, changed: npt.NDArray[np.bool_], scale: float) -> bool:
    """Whether enough of a word is where pixels changed, of which an inch has so many."""
    left, top, right, bottom = (side * scale for side in word.box)
    area = changed[max(math.floor(top), 0) : math.ceil(bottom), max(math.floor(left), 0) : math.ceil(right)]
    if word.quarters % 2:
        area = area.T
    rim = int(area.shape[0] * _RIM)
    along = area[rim : area.shape[0] - rim].any(axis=0)
    return not along.size or float(along.mean()) >= _SEEN
