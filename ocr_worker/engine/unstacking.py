"""Columns of short rows that a network took for a line that runs down the page: cut into their rows.

Networks go by what stands close together. The numbers of a table are often nearer to those above and below than they
are wide, and come out as a line that runs down. Their ink tells them from one: rows are alike, keep an even distance,
and have more blank between them than letters have.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.angle import sideways
from ocr_worker.engine.band import within
from ocr_worker.engine.geometry import Corners, Quads, height, width
from ocr_worker.engine.port import Pixels, plane
from ocr_worker.engine.quantiles import median, quantile

#: Only what is so much higher than wide may be a column,
_TALL: Final = 1.2
#: and of what is wider than so many pixels a smaller copy is looked at.
_WIDTH: Final = 40
#: Rows lower than so many pixels of the image are dots.
_LEAST_PX: Final = 6
#: Of how far the darkest ink is from the paper, what counts as ink.
_INK: Final = 0.4
#: Levels between ink and paper below which there is nothing to see.
_LEAST_CONTRAST: Final = 20
#: A row of pixels is blank with less ink than this part of what the fullest have.
_BLANK: Final = 0.08
#: Ink that is closer than this part of the usual row is of one row, as the dot and the i are.
_BROKEN: Final = 0.3
#: Ink that is lower than this part of the usual row is a speck, or a row of which the column has but the edge.
_SPECK: Final = 0.4
#: Between rows there is blank for this part of their height, and more. Between letters it is a fifth.
_APART: Final = 0.35
#: From row to row it is this part of the column's width, and more: letters of a line on its side follow closer.
_PITCH: Final = 0.5
#: Rows differ from what is usual by no more than this part of their height and distance, but for a few.
_UNEVEN: Final = 0.25
_MOST_UNEVEN: Final = 0.15
#: Of a page on its side so many lines are looked at, to find out whether it is one.
_SAMPLES: Final = 5
#: Kept above and below a row, by its height.
_AIR: Final = 0.3

#: Where a row starts and ends, in pixels from the top.
_Row = tuple[int, int]


def unstacked(image: Pixels, quads: Quads) -> Quads:
    """The quads, with its rows in place of each that holds a column of them, from the top."""
    if sideways(quads) and not _mostly_columns(image, quads):
        return quads
    rows = [row for corners in quads for row in _rows(image, corners)]
    return np.array(rows, np.float64).reshape(-1, 4, 2)


def _mostly_columns(image: Pixels, quads: Quads) -> bool:
    """Whether the longest of what runs down a page are columns: short lines on their side may look like them."""
    longest = sorted((corners for corners in quads if _is_tall(corners)), key=height)[-_SAMPLES:]
    return sum(len(_rows(image, corners)) > 1 for corners in longest) > len(longest) / 2


def _is_tall(corners: Corners) -> bool:
    return height(corners) >= _TALL * width(corners)


def _rows(image: Pixels, corners: Corners) -> list[Corners]:
    """The rows of a column; anything else as it is."""
    if not _is_tall(corners):
        return [corners]
    high, wide = height(corners), width(corners)
    scale = min(1.0, _WIDTH / wide)
    columns, rows = max(round(wide * scale), 1), max(round(high * scale), 1)
    found = _inked(_upright(image, corners, columns, rows))
    if not _are_rows(found, columns) or found[0][1] - found[0][0] < _LEAST_PX * scale:
        return [corners]
    bands = [(top / rows, bottom / rows) for top, bottom in _with_air(found, rows)]
    return list(within(corners[None], bands))


def _upright(image: Pixels, corners: Corners, columns: int, rows: int) -> npt.NDArray[np.uint8]:
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0, (image.shape[1] - 1, image.shape[0] - 1))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    target = np.array(((0, 0), (columns, 0), (columns, rows), (0, rows)), np.float32)
    # Half a pixel, as OpenCV counts from the middles of pixels and corners from their edges.
    source = (corners - (left, top) - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target - np.float32(0.5))
    piece = plane(image[top:bottom, left:right])
    return np.asarray(cv2.warpPerspective(piece, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _inked(shades: npt.NDArray[np.uint8]) -> list[_Row]:
    """The bands of a column in which ink is, without specks."""
    contrast = cv2.absdiff(shades, np.full_like(shades, round(median(shades))))
    most = quantile(contrast, 0.98)
    if most < _LEAST_CONTRAST:
        return []
    ink = (contrast > _INK * most).mean(axis=1)
    edges = np.flatnonzero(np.diff(ink >= _BLANK * quantile(ink, 0.9), prepend=False, append=False))
    bands: list[_Row] = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    usual = _usual_height(bands)
    joined = bands[:1]
    for start, end in bands[1:]:
        if start - joined[-1][1] < _BROKEN * usual:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    usual = _usual_height(joined)
    return [(start, end) for start, end in joined if end - start >= _SPECK * usual]


def _usual_height(bands: list[_Row]) -> float:
    """The height of the band in which the middle of all ink is: specks may be many, and are low."""
    heights = np.sort([end - start for start, end in bands])
    return float(heights[np.searchsorted(heights.cumsum(), heights.sum() / 2)])


def _are_rows(bands: list[_Row], columns: int) -> bool:
    if len(bands) < 2:
        return False
    heights = np.array([end - start for start, end in bands])
    blanks = np.array([below[0] - above[1] for above, below in pairwise(bands)])
    distances = np.array([(sum(below) - sum(above)) / 2 for above, below in pairwise(bands)])
    return (
        median(blanks) >= _APART * median(heights)
        and median(distances) >= _PITCH * columns
        and _even(heights)
        # Places may be empty.
        and _even(distances / np.maximum(np.round(distances / median(distances)), 1))
    )


def _even(lengths: npt.NDArray[np.float64]) -> bool:
    usual = median(lengths)
    return bool((np.abs(lengths - usual) > _UNEVEN * usual).mean() <= _MOST_UNEVEN)


def _with_air(bands: list[_Row], rows: int) -> list[tuple[float, float]]:
    """The bands with what is blank above and below, up to half way to the next."""
    limits = [0.0, *((above[1] + below[0]) / 2 for above, below in pairwise(bands)), float(rows)]
    return [
        (max(start - _AIR * (end - start), first), min(end + _AIR * (end - start), last))
        for (start, end), (first, last) in zip(bands, pairwise(limits), strict=True)
    ]
