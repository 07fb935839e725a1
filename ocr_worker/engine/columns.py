"""Columns: where a page is read on one side of a gap to its end before the other.

An XY-cut with a guard. A gutter is a gap between lines that no line crosses over some height. Whether it parts columns
or the cells of a table is judged by what stands beside it: running text on both sides, blocks such as addresses, or
notes whose lines do not stand in rows with the text. In doubt the page is read row by row.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from ocr_worker.engine.gutters import Gutter, gutters
from ocr_worker.engine.sides import ROW, SectionKind, judged
from ocr_worker.engine.stacks import BOTTOM, TOP, Indices, Layout

#: So many of a page part's longest gutters are looked at.
_MAX_GUTTERS: Final = 200
#: A blank of so many heights across the page ends a section.
_SECTION_BLANK: Final = 1.5
#: Blocks have a blank of so many heights above and below. Rows of a table have more rows there.
_BLOCK_BLANK: Final = 1.0
#: So many lines before and after are asked about that.
_NEIGHBOURS: Final = 8


def split(layout: Layout, lines: Indices) -> list[Indices]:
    """Parts of a page in the order in which to read them; a single one where there are no columns.

    Args:
        layout: the page.
        lines: those to split, in the order of the page's ranking.
    """
    taken: list[tuple[int, int, float]] = []
    longest = sorted(gutters(layout, lines), key=lambda g: (g.start - g.stop, g.left - g.right, g.left, g.start))
    for gutter in longest[:_MAX_GUTTERS]:
        if any(start < gutter.stop and gutter.start < stop for start, stop, _ in taken):
            continue
        taken += [(start, stop, (gutter.left + gutter.right) / 2) for start, stop in _bands(layout, lines, gutter)]
    parts: list[Indices] = []
    end = 0
    for start, stop, x in sorted(taken):
        band = lines[start:stop]
        on_left = layout.centre[band] < x
        parts += [lines[end:start], band[on_left], band[~on_left]]
        end = stop
    parts.append(lines[end:])
    return [part for part in parts if len(part)]


def _bands(layout: Layout, lines: Indices, gutter: Gutter) -> list[tuple[int, int]]:
    """The ranks between which a gutter parts columns."""
    bands: list[tuple[int, int]] = []
    #: Whether the last band is of running text, which may go on below a blank.
    going_on = False
    for start, stop in _sections(layout, lines, *_within_rows(layout, lines, gutter)):
        detached = _detached(layout, lines, start, stop)
        kind = judged(layout, lines[start:stop], gutter, detached=detached, going_on=going_on)
        if going_on and kind in (SectionKind.PROSE, SectionKind.TAIL, SectionKind.BLOCKS):
            bands[-1] = (bands[-1][0], stop)
        elif kind in (SectionKind.PROSE, SectionKind.BLOCKS):
            bands.append((start, stop))
            going_on = kind is SectionKind.PROSE
        elif kind is SectionKind.ROWS:
            going_on = False
    return bands


def _within_rows(layout: Layout, lines: Indices, gutter: Gutter) -> tuple[int, int]:
    """The ranks of a gutter without what stands in one row with the lines that end it above and below."""
    start, stop = gutter.start, gutter.stop
    middle, height = layout.middle[lines], layout.height[lines]

    def in_row(a: int, b: int) -> bool:
        return bool(abs(middle[a] - middle[b]) < ROW * min(height[a], height[b]))

    while gutter.start > 0 and start < stop and in_row(gutter.start - 1, start):
        start += 1
    while gutter.stop < len(lines) and start < stop and in_row(gutter.stop, stop - 1):
        stop -= 1
    return start, stop


def _sections(layout: Layout, lines: Indices, start: int, stop: int) -> list[tuple[int, int]]:
    """Ranks from a blank across both sides to the next."""
    if stop - start < 2:
        return []
    here = lines[start:stop]
    lowest = np.maximum.accumulate(layout.boxes[here, BOTTOM])
    highest = np.minimum.accumulate(layout.boxes[here, TOP][::-1])[::-1]
    blank = highest[1:] - lowest[:-1] > _SECTION_BLANK * float(np.median(layout.height[here]))
    edges = [start, *(np.flatnonzero(blank) + start + 1).tolist(), stop]
    return list(itertools.pairwise(edges))


def _detached(layout: Layout, lines: Indices, start: int, stop: int) -> bool:
    """Whether there is a blank above and below the lines of these ranks, where there are others."""
    here = layout.boxes[lines[start:stop]]
    above = layout.boxes[lines[max(start - _NEIGHBOURS, 0) : start], BOTTOM]
    below = layout.boxes[lines[stop : stop + _NEIGHBOURS], TOP]
    needed = _BLOCK_BLANK * float(np.median(here[:, BOTTOM] - here[:, TOP]))
    free_above = not len(above) or float(here[:, TOP].min() - above.max()) >= needed
    free_below = not len(below) or float(below.min() - here[:, BOTTOM].max()) >= needed
    return free_above and free_below
