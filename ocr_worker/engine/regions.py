"""From a map of where text probably is to quads around its lines: the second half of differentiable binarization.

It is described in https://arxiv.org/abs/1911.08947 (Liao et al., Real-time Scene Text Detection with Differentiable
Binarization), section 3.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.description import Detection
from ocr_worker.engine.geometry import Corners, Quads

#: Regions with a shorter side, in pixels of the map, are noise.
_MIN_SIDE: Final = 3.0

Map = npt.NDArray[np.float32]


def find_regions(probabilities: Map, model: Detection) -> Quads:
    """Rectangles around the regions of text, in pixels of the map.

    Their corners run clockwise from the upper left of the map: of the two on the left, the upper.
    """
    return np.array(list(_rectangles(probabilities, model)), np.float64).reshape(-1, 4, 2)


def _rectangles(probabilities: Map, model: Detection) -> Iterator[Corners]:
    rows, columns = probabilities.shape
    text = (probabilities > model.pixel_threshold).astype(np.uint8)
    contours, _ = cv2.findContours(text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours[: model.most]:
        middle, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        if _mean_within(probabilities, _corners(middle, width, height, degrees)) < model.region_threshold:
            continue
        # On both sides; so half the circumference will do.
        growth = model.growth * width * height / (width + height)
        corners = _corners(middle, width + growth, height + growth, degrees)
        # Half a pixel, as contours are middles of pixels and what is wanted are edges.
        yield _clockwise((corners + 0.5).clip(0, (columns, rows)))


def _corners(middle: Sequence[float], width: float, height: float, degrees: float) -> Corners:
    return np.asarray(cv2.boxPoints((middle, (width, height), degrees)), np.float64)


def _mean_within(probabilities: Map, corners: Corners) -> float:
    rows, columns = probabilities.shape
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0, (columns - 1, rows - 1))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).clip(0, (columns - 1, rows - 1)) + 1
    within = np.zeros((bottom - top, right - left), np.uint8)
    cv2.fillConvexPoly(within, (corners - (left, top)).astype(np.int32), [1])
    return float(cv2.mean(probabilities[top:bottom, left:right], within)[0])


def _clockwise(corners: Corners) -> Corners:
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    (upper_left, lower_left), (upper_right, lower_right) = (
        pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:])
    )
    return np.array((upper_left, upper_right, lower_right, lower_left))
