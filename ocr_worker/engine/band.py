"""The rows of a line that its letters fill: detection leaves a margin above and below, which is not always the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import Pixels, plane
from ocr_worker.engine.quantiles import counted_quantile, quantile

#: So many columns of a line are looked at, at least.
_COLUMNS: Final = 150
#: Of how far the darkest ink is from the paper, what counts as ink.
_INK: Final = 0.4
#: Levels between ink and paper below which there is nothing to see.
_LEAST_CONTRAST: Final = 20
#: A row belongs to the letters when it has so much ink, by the fullest rows: the tail of a single g is enough.
_LEAST_INK: Final = 0.06
#: So many empty rows may lie between the dot and the i; beyond more lies another line.
_MOST_EMPTY: Final = 3
#: Kept above and below, by the height of the cut line: the faint outer pixels of letters, and a little air.
_AIR: Final = 0.05
#: A row of dashes or dots keeps at least this part of the line's height.
_LEAST_HEIGHT: Final = 0.4

_SHADES: Final = np.arange(256)

#: Where a band starts and ends, from 0 at the top of a line to 1 at its bottom.
Band = tuple[float, float]


def ink_band(line: Pixels) -> Band:
    """The band of a line, as `crops.cut` makes it, in which its letters are."""
    step = max(line.shape[1] // _COLUMNS, 1)
    shades = np.ascontiguousarray(plane(line)[:, ::step])
    # What is asked of pixels is asked of the shades there are, as these are far fewer.
    counts = cv2.calcHist([shades], [0], None, [len(_SHADES)], [0, len(_SHADES)])[:, 0]
    contrast = np.abs(_SHADES - counted_quantile(counts, 0.5))
    most = counted_quantile(np.bincount(contrast, counts), 0.99)
    if most < _LEAST_CONTRAST:
        return 0.0, 1.0
    ink = cv2.LUT(shades, (contrast > _INK * most).astype(np.uint8))
    rows = np.add.reduce(ink, axis=1, dtype=np.uint16)
    inked = rows >= _LEAST_INK * quantile(rows, 0.9)
    heaviest = int(np.convolve(rows, np.ones(9), "same").argmax())
    top = heaviest - _reach(inked[heaviest::-1])
    bottom = heaviest + _reach(inked[heaviest:]) + 1
    height = len(rows)
    return _with_air(top / height, bottom / height)


def within(quads: Quads, bands: Sequence[Band]) -> Quads:
    """The part of each line's quad that its band covers; of a single quad, the parts that all bands do."""
    a, b, c, d = (quads[:, i] for i in range(4))
    left, right = d - a, c - b
    top, bottom = (np.array(bands).reshape(-1, 2)[:, i, None] for i in range(2))
    return np.stack((a + left * top, b + right * top, b + right * bottom, a + left * bottom), axis=1)


def _reach(inked: npt.NDArray[np.bool_]) -> int:
    """How many rows on the last one lies that belongs to the letters."""
    letters, _, _ = inked.tobytes()[1:].partition(b"\0" * (_MOST_EMPTY + 1))
    return len(letters.rstrip(b"\0"))


def _with_air(top: float, bottom: float) -> Band:
    lacking = max(_LEAST_HEIGHT - (bottom - top), 2 * _AIR) / 2
    return max(top - lacking, 0.0), min(bottom + lacking, 1.0)
