"""Text that something painted later covers, such as a black bar over a name: PDFium gives it all the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from ocr_worker.documents.pictures import Drawing, area
from ocr_worker.documents.sketch import MAX_OBJECTS, sketch
from ocr_worker.documents.text_words import LayerWord, address
from read_operations.records import POINTS_PER_INCH

#: A word may be hidden if what was painted later lies on so much of its box, all of it added up,
_BEHIND: Final = 0.3
#: and it can be seen if so much of its length looks otherwise without it.
_SEEN: Final = 0.4
#: Pixels look otherwise if they differ by so many levels: bars may let a trace through that nobody sees.
_LEAST_CHANGE: Final = 12
#: Columns in which levels differ by so much have ink of something.
_LEAST_CONTRAST: Final = 24
#: Of what has fewer pixels either way, as on very large pages, nobody can say.
_LEAST_PIXELS: Final = 2
#: So much of a word's height, above and below, is not looked at: other lines reach in there.
_RIM: Final = 0.25
#: Most of what is blended: how many objects, times the part of the page that they cover together. 400 take 1.5 s.
_MOST_BLENDED: Final = 60
#: Words and covers that are compared at once.
_AT_ONCE: Final = 1_000_000


def uncovered(page: Any, words: Sequence[LayerWord], drawing: Drawing) -> tuple[list[LayerWord], list[LayerWord]]:
    """The words that can be seen, and those that cannot, as the page looks the same without them.

    On a page whose drawing would take seconds all are taken for seen.

    Args:
        page: as PDFium has it.
        words: with ink of their own and all of their sources.
        drawing: what the page consists of.
    """
    if not drawing.covers or drawing.objects > MAX_OBJECTS or _blends_much(page, drawing):
        return list(words), []
    behind = _behind(words, drawing)
    if not any(behind):
        return list(words), []
    look = _Look(page, words, behind)
    seen: list[LayerWord] = []
    hidden: list[LayerWord] = []
    begins_line = False
    for word, doubted in zip(words, behind, strict=True):
        if doubted and not look.shows(word):
            hidden.append(word)
            begins_line = begins_line or word.begins_line
        else:
            # The line that a hidden word began goes on with the next.
            seen.append(replace(word, begins_line=True) if begins_line else word)
            begins_line = False
    return seen, hidden


class _Look:
    """What a page looks like with and without some words."""

    def __init__(self, page: Any, words: Sequence[LayerWord], doubted: Sequence[bool]) -> None:
        own = [word for word, doubt in zip(words, doubted, strict=True) if doubt]
        sources = {address(source): source for word in own for source in word.sources}.values()
        self._looks = sketch(page)
        for source in sources:
            pdfium.FPDFPageObj_SetIsActive(source, False)
        without = sketch(page)
        for source in sources:
            pdfium.FPDFPageObj_SetIsActive(source, True)
        self._changed = np.asarray((cv2.absdiff(self._looks, without) >= _LEAST_CHANGE).any(axis=2))
        rows, columns = self._changed.shape
        # Pixels an inch: sides are rounded up to whole ones.
        self._across = columns / page.get_width() * POINTS_PER_INCH
        self._down = rows / page.get_height() * POINTS_PER_INCH
        self._middles = np.array([word.middle for word in words])

    def shows(self, word: LayerWord) -> bool:
        """Whether a word, one of the doubted ones, can be seen."""
        changed, looks = self._strip(word, self._changed), self._strip(word, self._looks)
        if min(changed.shape) < _LEAST_PIXELS:
            return True
        along = changed.any(axis=0)
        if float(along.mean()) >= _SEEN:
            return True
        inked = (np.ptp(looks, axis=0).max(axis=1) >= _LEAST_CONTRAST) & ~along
        # Something is written there. PDFium gives text once that is written again in its place, as over a white bar.
        return float(inked.mean()) >= _SEEN and not self._has_other(word)

    def _has_other(self, word: LayerWord) -> bool:
        """Whether the middle of another word lies on it."""
        left, top, right, bottom = word.box
        xs, ys = self._middles.T
        return int(((left <= xs) & (xs <= right) & (top <= ys) & (ys <= bottom)).sum()) > 1

    def _strip(self, word: LayerWord, of: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The middle of a word as it is read, in pixels: rows by columns, and what else there is."""
        left, top, right, bottom = word.box
        rows = slice(max(math.floor(top * self._down), 0), math.ceil(bottom * self._down))
        columns = slice(max(math.floor(left * self._across), 0), math.ceil(right * self._across))
        pixels = of[rows, columns]
        if word.quarters % 2:
            pixels = pixels.swapaxes(0, 1)
        rim = int(pixels.shape[0] * _RIM)
        return pixels[rim : pixels.shape[0] - rim]


def _blends_much(page: Any, drawing: Drawing) -> bool:
    """Whether so much is blended that drawing the page takes seconds: for each all below it is drawn once more."""
    areas = [area(cover.box) for cover in drawing.covers if cover.blended]
    whole = page.get_width() * page.get_height() / POINTS_PER_INCH**2
    return bool(len(areas) * sum(areas) > _MOST_BLENDED * whole)


def _behind(words: Sequence[LayerWord], drawing: Drawing) -> list[bool]:
    """For each word, whether enough that was painted later lies on it."""
    boxes = np.array([cover.box for cover in drawing.covers]).T
    painted = np.array([cover.order for cover in drawing.covers])
    orders = [math.inf if word.place is None else drawing.texts.get(word.place, math.inf) for word in words]
    found: list[bool] = []
    step = max(_AT_ONCE // len(painted), 1)
    for start in range(0, len(words), step):
        left, top, right, bottom = np.array([word.box for word in words[start : start + step]]).T[..., None]
        wide = (np.minimum(right, boxes[2]) - np.maximum(left, boxes[0])).clip(0)
        high = (np.minimum(bottom, boxes[3]) - np.maximum(top, boxes[1])).clip(0)
        later = painted > np.array(orders[start : start + step])[:, None]
        covered = (wide * high * later).sum(axis=1)
        least = _BEHIND * ((right - left) * (bottom - top))[:, 0]
        found += ((covered > 0) & (covered >= least)).tolist()
    return found
