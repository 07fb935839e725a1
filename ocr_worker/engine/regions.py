"""From a map of where text probably is to quads around its lines: the second half of differentiable binarization.

It is described in https://arxiv.org/abs/1911.08947 (Liao et al., Real-time Scene Text Detection with Differentiable
Binarization), section 3.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.description import Detection
from ocr_worker.engine.geometry import Corners, Quads
from ocr_worker.engine.room import Room

#: Regions with a shorter side, in pixels of the map, are noise.
_MIN_SIDE: Final = 3.0

Map = npt.NDArray[np.float32]


def find_regions(probabilities: Map, model: Detection, room: Room) -> Quads:
    """Rectangles around the regions of text, in pixels of the map.

    Their corners run clockwise from the upper left of the map: of the two on the left, the upper.

    Args:
        probabilities: of text, for each pixel.
        model: the network's own numbers.
        room: where text is marked on the way.
    """
    rows, columns = probabilities.shape
    found = np.array(list(_rectangles(probabilities, model, room)), np.float64).reshape(-1, 4, 2)
    # Half a pixel, as contours are middles of pixels and what is wanted are edges.
    return _clockwise((found + 0.5).clip(0, (columns, rows)))


def _rectangles(probabilities: Map, model: Detection, room: Room) -> Iterator[Corners]:
    text = room.array(*probabilities.shape)
    np.greater(probabilities, model.pixel_threshold, out=text.view(np.bool_))
    contours, _ = cv2.findContours(text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours[: model.most]:
        middle, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        if _mean_within(probabilities, _corners(middle, width, height, degrees)) < model.region_threshold:
            continue
        # On both sides; so half the circumference will do.
        growth = model.growth * width * height / (width + height)
        yield _corners(middle, width + growth, height + growth, degrees)


def _corners(middle: Sequence[float], width: float, height: float, degrees: float) -> Corners:
    return np.asarray(cv2.boxPoints((middle, (width, height), degrees)), np.float64)


def _mean_within(probabilities: Map, corners: Corners) -> float:
    rows, columns = probabilities.shape
    xs, ys = corners.T.tolist()
    left, top = min(max(math.floor(min(xs)), 0), columns - 1), min(max(math.floor(min(ys)), 0), rows - 1)
    piece = probabilities[top : max(math.ceil(max(ys)), 0) + 1, left : max(math.ceil(max(xs)), 0) + 1]
    within = np.zeros(piece.shape, np.uint8)
    cv2.fillConvexPoly(within, (corners - (left, top)).astype(np.int32), [1])
    return float(cv2.mean(piece, within)[0])


def _clockwise(quads: Quads) -> Quads:
    by_x = _ordered(quads, 0)
    left, right = _ordered(by_x[:, :2], 1), _ordered(by_x[:, 2:], 1)
    return np.stack((left[:, 0], right[:, 0], right[:, 1], left[:, 1]), axis=1)


def _ordered(points: Quads, axis: int) -> Quads:
    """The points of each quad by one of their coordinates."""
    ranking = points[..., axis].argsort(axis=1, kind="stable")
    return np.take_along_axis(points, ranking[..., None], axis=1)
