"""Finding the lines of text on a page: the detection network, at a size that suits the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.port import Pixels

#: The network sees a page with its longer side this long: more costs time and finds nothing more on letters,
#: receipts and photographs alike.
_LONG_SIDE: Final = 1280
#: Except that the shorter side of a strip is not shrunk below this.
_SHORT_SIDE: Final = 320
#: When lines come out so low, text is so small that some may have been missed: a second look is taken,
_SMALL_TEXT: Final = 10.0
#: enlarged by so much, if the image has the pixels for it.
_ZOOM: Final = 2.0
#: Quads lower than so many pixels of the image hold nothing that could be read.
_MIN_HEIGHT_PX: Final = 7.0
#: Small images are enlarged, but no more than so much.
_MAX_ENLARGEMENT: Final = 1.5
#: Sides are multiples of this, as OpenVINO and oneDNN prepare for each new shape anew; the network needs 32.
_STEP: Final = 64
#: What is longer is seen in tiles that overlap by so much.
_TILE: Final = _LONG_SIDE
_OVERLAP: Final = 128
#: PaddleX rounds corners to whole numbers of 16 bits; so many of them make a pixel of the network's map.
_FINENESS: Final = 8
_INT16_MAX: Final = 32767

_Map = npt.NDArray[np.float32]


class Detector:
    """Finds lines of text, with PaddleX's predictor around the network."""

    def __init__(self, predictor: Any) -> None:
        self._normalise = predictor.pre_tfs["Normalize"]
        self._post = predictor.post_op
        self._network = predictor.runner

    def find(self, image: Pixels) -> Quads:
        """Quads around the lines of text, in pixels of the image, corners clockwise from the upper left of the image.

        A quad is wider than high or not, as the text lies; which way up it stands cannot be known here.
        """
        rows, columns = network_size(*image.shape[:2])
        quads = self._find(image, rows, columns)
        larger = _stepped(rows * _ZOOM), _stepped(columns * _ZOOM)
        has_pixels = larger[0] <= image.shape[0] and larger[1] <= image.shape[1]
        if len(quads) and has_pixels and np.median(_short_sides(quads)) * rows / image.shape[0] <= _SMALL_TEXT:
            quads = self._find(image, *larger)
        readable: Quads = quads[_short_sides(quads) >= _MIN_HEIGHT_PX]
        return readable

    def _find(self, image: Pixels, rows: int, columns: int) -> Quads:
        """Quads around the lines of text that the network sees at that size, in pixels of the image."""
        height, width = image.shape[:2]
        shrinks = columns < width
        small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        fineness = min(_FINENESS, _INT16_MAX // max(rows, columns))
        shape = np.array([rows * fineness, columns * fineness, 1.0, 1.0])
        found, _ = self._post([self._probabilities(np.asarray(small, np.uint8))[None, None]], [shape])
        quads = np.asarray(found[0], np.float64).reshape(-1, 4, 2)
        # Half a pixel, as what was found are middles of pixels and what is wanted are edges.
        scaled: Quads = (quads / fineness + 0.5) * (width / columns, height / rows)
        return scaled

    def _probabilities(self, image: Pixels) -> _Map:
        """For each pixel, how probably it is text."""
        rows, columns = image.shape[:2]
        if max(rows, columns) <= _TILE:
            return self._run(image).copy()
        whole = np.empty((rows, columns), np.float32)
        for top, bottom, skip_top in tiles(rows):
            for left, right, skip_left in tiles(columns):
                tile = self._run(image[top:bottom, left:right])
                whole[top + skip_top : bottom, left + skip_left : right] = tile[skip_top:, skip_left:]
        return whole

    def _run(self, image: Pixels) -> _Map:
        (normal,) = self._normalise(imgs=[image])
        batch = np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)
        (output, *_) = self._network([batch])
        probabilities: _Map = output[0, 0]
        return probabilities


def network_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which the network sees an image of that height and width."""
    long, short = max(height, width), min(height, width)
    scale = _LONG_SIDE / long
    if short * scale < _SHORT_SIDE:
        scale = min(_SHORT_SIDE / short, 1.0)
    scale = min(scale, _MAX_ENLARGEMENT)
    return _stepped(height * scale), _stepped(width * scale)


def tiles(length: int) -> Iterator[tuple[int, int, int]]:
    """Start and end of each tile along a side, and how much of its start is left to the tile before."""
    if length <= _TILE:
        yield 0, length, 0
        return
    count = math.ceil((length - _OVERLAP) / (_TILE - _OVERLAP))
    starts = np.linspace(0, length - _TILE, count).astype(int).tolist()
    end = 0
    for start in starts:
        yield start, start + _TILE, (end - start) // 2 if end else 0
        end = start + _TILE


def _stepped(side: float) -> int:
    return max(_STEP, round(side / _STEP) * _STEP)


def _short_sides(quads: Quads) -> npt.NDArray[np.float64]:
    """The shortest side of each quad."""
    return np.asarray(np.linalg.norm(quads - np.roll(quads, 1, axis=1), axis=2).min(axis=1))
