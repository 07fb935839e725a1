"""Gaps between lines that no line crosses over some height."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ocr_worker.engine.stacks import LEFT, RIGHT, Indices, Layout

#: A gutter is at least so many of the lines' heights wide. That is little: one line that juts out must not close it.
_GUTTER: Final = 0.1
#: Shorter gutters have less than two lines on one of their sides.
_LEAST_LINES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gutter:
    """A gap, and the first and the one past the last of the lines, by rank, that it runs past."""

    left: float
    right: float
    start: int
    stop: int


def gutters(layout: Layout, lines: Indices) -> Iterator[Gutter]:
    """The gutters that cannot be made wider nor longer.

    Goes down the lines with the gaps open so far; a line closes those it reaches into, and what it leaves stays open.
    """
    if len(lines) < _LEAST_LINES:
        return
    least = _GUTTER * float(np.median(layout.height[lines]))
    lefts = layout.boxes[lines, LEFT].tolist()
    rights = layout.boxes[lines, RIGHT].tolist()
    edges = (min(lefts), max(rights))
    #: Where each open gap began.
    gaps: dict[tuple[float, float], int] = {}
    for rank, (left, right) in enumerate(zip(lefts, rights, strict=True)):
        gaps.setdefault(edges, rank)
        for gap in [gap for gap in gaps if left < gap[1] and gap[0] < right]:
            start = gaps.pop(gap)
            if gap[0] > edges[0] and gap[1] < edges[1] and rank - start >= _LEAST_LINES:
                yield Gutter(left=gap[0], right=gap[1], start=start, stop=rank)
            for rest in ((gap[0], left), (right, gap[1])):
                if rest[1] - rest[0] >= least:
                    gaps[rest] = min(start, gaps.get(rest, start))
    for gap, start in gaps.items():
        if gap[0] > edges[0] and gap[1] < edges[1] and len(lines) - start >= _LEAST_LINES:
            yield Gutter(left=gap[0], right=gap[1], start=start, stop=len(lines))
