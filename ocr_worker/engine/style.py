"""Whether a line was written by hand: judged by its picture, by logistic regression over a few measures.

The measures say what sets a hand apart from a machine. Its strokes run in all directions instead of mostly upright and
level, its letters keep to no common base line and height and hang together, and its pen leaves a trace of another
evenness. How the weights were found: scripts/train_handwriting.py.

The directions of edges alone, which take a quarter of the time, tell most print from what may be a hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine import style_weights
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.quantiles import median, quantile

_Floats = npt.NDArray[np.float64]
_Ink = npt.NDArray[np.uint8]

#: Long lines are judged by so many columns from their middle, which bounds the cost.
_MAX_COLUMNS: Final = 1000
#: Fewer columns, or pixels of ink, say nothing.
_MIN_COLUMNS: Final = 40
_MIN_INK: Final = 150
#: A piece of ink with fewer pixels is a speck.
_SPECK: Final = 8
#: Ink so many heights long and so thin, by the height, is a rule.
_RULE_LENGTH: Final = 4
_RULE_HEIGHT: Final = 1 / 6
#: Pieces that are lower than this part of the high ones are dots and commas.
_LETTER: Final = 0.35
#: Edges fainter than this part of the strongest are noise.
_FAINT: Final = 0.15
#: Directions of edges in half a turn: fine ones, and so many of them to a coarse one.
_DIRECTIONS: Final = 60
_COARSE: Final = 5
#: Fine directions to each side of upright and of level that still count as such.
_ABOUT_UPRIGHT: Final = 8
_ABOUT_LEVEL: Final = 4
#: So many measures are of directions: what the first look takes.
FIRST: Final = 6 + _DIRECTIONS // _COARSE
#: Of a row of dashes, all of whose ink is in one row of pixels, no spread is left to divide by.
_LEAST_SPREAD: Final = 0.01
#: Pixels by which the ends of letters on one line may differ.
_SAME: Final = 1.0
#: Measures are held within so many deviations of what is usual.
_FAR: Final = 3.0

#: Scores from which on what a network read is in print: one in a hundred handwritten lines has them, and most in print.
#: The pictures of these need not be measured.
PRINT_SCORES: Final = {"PP-OCRv6_tiny_rec": 0.97}
#: How probable handwriting is then, and where the first look settles it.
SURELY_PRINT: Final = 0.01

# Which fine directions are about upright, whose edges point sideways, and level, and which a coarse one has.
_UPRIGHT: Final = np.arange(-_ABOUT_UPRIGHT, _ABOUT_UPRIGHT + 1)
_LEVEL: Final = np.arange(-_ABOUT_LEVEL, _ABOUT_LEVEL + 1) + _DIRECTIONS // 2
_BY_COARSE: Final = (np.arange(_DIRECTIONS).reshape(-1, _COARSE) - _COARSE // 2) % _DIRECTIONS

_MEANS: Final = np.array(style_weights.MEANS)
_DEVIATIONS: Final = np.array(style_weights.DEVIATIONS)
_WEIGHTS: Final = np.array(style_weights.WEIGHTS)
_FIRST_WEIGHTS: Final = np.array(style_weights.FIRST_WEIGHTS)


def handwriting(line: Pixels) -> float:
    """How probable it is that a hand wrote a line, from 0 to 1, as `crops.cut` makes it.

    From 0.5 on it is called handwriting, so in doubt it is below: of the lines in print by which the weights were
    found, one in a hundred is not. Where there is too little to judge, it is 0, or `SURELY_PRINT` if its few edges are
    like those of print.
    """
    if (grey := _grey(line)) is None or (directions := _of_directions(grey)) is None:
        return 0.0
    if _log_odds(directions, _FIRST_WEIGHTS, style_weights.FIRST_BIAS) < 0:
        return SURELY_PRINT
    if (rest := _of_ink(grey)) is None:
        return 0.0
    return round(1 / (1 + math.exp(-_log_odds(directions + rest, _WEIGHTS, style_weights.BIAS))), 3)


def measures(line: Pixels) -> list[float] | None:
    """All that can be measured of a line, first of its directions; None where there is too little of it."""
    if (grey := _grey(line)) is None or (directions := _of_directions(grey)) is None:
        return None
    rest = _of_ink(grey)
    return None if rest is None else directions + rest


def scaled(measured: _Floats, means: _Floats, deviations: _Floats) -> _Floats:
    """How far measures, of a line or of many, are from what is usual: in deviations, and held within a few."""
    return np.clip((measured - means) / deviations, -_FAR, _FAR)


def _log_odds(measured: Sequence[float], weights: _Floats, bias: float) -> float:
    """Those of handwriting, by as many of the first measures as there are weights."""
    count = len(weights)
    return float(scaled(np.array(measured), _MEANS[:count], _DEVIATIONS[:count]) @ weights) + bias


def _grey(line: Pixels) -> Pixels | None:
    """What is looked at of a line; None if it is too short."""
    start = max(line.shape[1] - _MAX_COLUMNS, 0) // 2
    line = line[:, start : start + _MAX_COLUMNS]
    if line.shape[1] < _MIN_COLUMNS:
        return None
    return np.ascontiguousarray(line if line.ndim == 2 else cv2.cvtColor(line, cv2.COLOR_RGB2GRAY), np.uint8)


def _of_ink(grey: Pixels) -> list[float] | None:
    """What its ink says: strokes, rows and pieces; None if there is too little of it."""
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if 2 * cv2.countNonZero(ink) > ink.size:
        ink = 1 - ink
    ink, pieces = _without_specks_and_rules(np.asarray(ink, np.uint8))
    if not len(pieces) or cv2.countNonZero(ink) < _MIN_INK:
        return None
    rows = _of_rows(ink)
    return [*_of_strokes(ink, rows[-1]), *rows, *_of_pieces(pieces, ink.shape)]


def _without_specks_and_rules(ink: _Ink) -> tuple[_Ink, npt.NDArray[np.int32]]:
    """The rest of the ink, and the boxes of its pieces: left, top, width, height, area."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    rules = (boxes[:, 2] > _RULE_LENGTH * ink.shape[0]) & (boxes[:, 3] < _RULE_HEIGHT * ink.shape[0])
    kept = (boxes[:, 4] >= _SPECK) & ~rules
    kept[0] = False  # the paper
    if kept[1:].all():
        return ink, np.asarray(boxes[1:], np.int32)
    return kept.astype(np.uint8).take(labels), np.asarray(boxes[kept], np.int32)


def _of_strokes(ink: _Ink, spread: float) -> list[float]:
    """How wide strokes are, and how evenly so: along their middles, by the distance to the paper."""
    distance = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    middles = (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (ink > 0)
    widths = distance[middles]
    mean = float(widths.mean())
    area = cv2.countNonZero(ink)
    changes = np.add.reduce(ink[:, 1:] ^ ink[:, :-1], axis=1, dtype=np.uint16)
    return [
        mean / (max(spread, _LEAST_SPREAD) * ink.shape[0]),
        float(widths.std()) / mean,
        quantile(widths, 0.9) / mean,
        area / ink.size,
        area / (mean * len(widths)),
        float(changes.max()) / ink.shape[1] * ink.shape[0],
    ]


def _of_directions(grey: Pixels) -> list[float] | None:
    """Which way edges run, each pixel weighing as much as its edge is sharp; None if there are no edges."""
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    strength, direction = cv2.cartToPolar(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    fine = cv2.convertScaleAbs(direction, alpha=_DIRECTIONS / math.pi)
    clear = np.flatnonzero(strength > _FAINT * float(strength.max()))
    if not len(clear):
        return None
    # A turn, and its last half step.
    sums = np.bincount(fine.take(clear), strength.take(clear), 3 * _DIRECTIONS).reshape(3, _DIRECTIONS).sum(axis=0)
    shares = sums / float(sums.sum())
    upright, level = shares[_UPRIGHT], shares[_LEVEL]
    return [
        float(-(shares * np.log(shares + 1e-9)).sum()),
        float(upright.sum()),
        float(upright.max()),
        float((upright**2).sum() / max(float(upright.sum()), 1e-9) ** 2),
        float(level.sum()),
        float(level.max()),
        *shares[_BY_COARSE].sum(axis=1).tolist(),
    ]


def _of_rows(ink: _Ink) -> list[float]:
    """How sharply the text begins and ends at its height and base line; last, how far it spreads from its middle."""
    high = ink.shape[0]
    rows = np.add.reduce(ink, axis=1, dtype=np.uint16) / max(cv2.countNonZero(ink), 1)
    steps = np.diff(rows, prepend=0.0, append=0.0)
    places = np.arange(high)
    spread = math.sqrt(float((rows * (places - (rows * places).sum()) ** 2).sum())) / high
    return [
        float(steps.max()),
        float(-steps.min()),
        float((steps**2).sum() / (rows**2).sum()),
        spread,
    ]


def _of_pieces(pieces: npt.NDArray[np.int32], shape: tuple[int, ...]) -> list[float]:
    """How wide and high letters are, or what hangs together of them, and how well they keep to lines."""
    high, columns = shape
    top, wide, tall = (pieces[:, i].astype(np.float64) for i in (1, 2, 3))
    letters = tall > _LETTER * quantile(tall, 0.9)
    top, wide, tall = top[letters], wide[letters], tall[letters]
    weights = wide / wide.sum()
    return [
        float((wide * weights).sum()) / high,
        median(wide) / high,
        float(tall.std() / tall.mean()),
        _together(top + tall, weights),
        _together(top, weights),
        _together(tall, weights),
        len(wide) / columns * high,
    ]


def _together(values: _Floats, weights: _Floats) -> float:
    """The largest share of values that are all but the same."""
    ranking = values.argsort()
    ordered = values[ranking]
    reached = np.concatenate(([0.0], weights[ranking].cumsum()))
    ends = np.searchsorted(ordered, ordered + 2 * _SAME, side="right")
    return float((reached[ends] - reached[:-1]).max())
