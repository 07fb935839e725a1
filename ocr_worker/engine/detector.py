"""Finding the lines of text on a page: the detection network, at a size that suits the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import cycle
from typing import Final

import cv2
import numpy as np

from ocr_worker.engine.description import Detection
from ocr_worker.engine.geometry import Quads, short_sides
from ocr_worker.engine.halving import halved
from ocr_worker.engine.networks import Network
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.regions import Map, find_regions
from ocr_worker.engine.room import Room

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


class Detector:
    """Finds lines of text with one network."""

    def __init__(self, network: Network, model: Detection) -> None:
        self._network = network
        self._model = model
        # What pages are halved in, from the one to the other and back, and what the network then sees.
        self._halves = Room(), Room()
        self._seen = Room()
        # Where regions are marked.
        self._text = Room()

    def find(self, image: Pixels) -> Quads:
        """Quads around the lines of text, in pixels of the image, corners clockwise from the upper left of the image.

        A quad is wider than high or not, as the text lies; which way up it stands cannot be known here.
        """
        rows, columns = network_size(*image.shape[:2])
        quads = self._find(image, rows, columns)
        larger = _stepped(rows * _ZOOM), _stepped(columns * _ZOOM)
        has_pixels = larger[0] <= image.shape[0] and larger[1] <= image.shape[1]
        if len(quads) and has_pixels and np.median(short_sides(quads)) * rows / image.shape[0] <= _SMALL_TEXT:
            quads = self._find(image, *larger)
        readable: Quads = quads[short_sides(quads) >= _MIN_HEIGHT_PX]
        return readable

    def _find(self, image: Pixels, rows: int, columns: int) -> Quads:
        """Quads around the lines of text that the network sees at that size, in pixels of the image."""
        height, width = image.shape[:2]
        quads = find_regions(self._probabilities(self._resized(image, rows, columns)), self._model, self._text)
        scaled: Quads = quads * (width / columns, height / rows)
        return scaled

    def _probabilities(self, image: Pixels) -> Map:
        """For each pixel, how probably it is text."""
        rows, columns = image.shape[:2]
        if max(rows, columns) <= _TILE:
            return self._run(image)
        whole = np.empty((rows, columns), np.float32)
        for top, bottom, skip_top in tiles(rows):
            for left, right, skip_left in tiles(columns):
                tile = self._run(image[top:bottom, left:right])
                whole[top + skip_top : bottom, left + skip_left : right] = tile[skip_top:, skip_left:]
        return whole

    def _resized(self, image: Pixels, rows: int, columns: int) -> Pixels:
        """The image in that size. Overwritten by the next."""
        halves = cycle(self._halves)
        while image.shape[0] >= 2 * rows and image.shape[1] >= 2 * columns:
            image = halved(image, next(halves))
        resized = self._seen.array(rows, columns, *image.shape[2:])
        cv2.resize(image, (columns, rows), dst=resized, interpolation=cv2.INTER_LINEAR)
        return resized

    def _run(self, image: Pixels) -> Map:
        (output, *_) = self._network(np.ascontiguousarray(image).reshape(1, *image.shape[:2], -1))
        probabilities: Map = output[0, 0]
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
