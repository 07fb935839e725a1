"""Upright boxes, in the units of their page."""

from __future__ import annotations

from collections.abc import Iterable

from read_operations.records import Quad

#: Left, top, right and bottom; y runs downwards.
Box = tuple[float, float, float, float]


def around(quad: Quad) -> Box:
    """The box around a quad."""
    xs, ys = quad[::2], quad[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def union(boxes: Iterable[Box]) -> Box:
    """The box around all of them."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
