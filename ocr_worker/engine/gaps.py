"""The blank columns of a line, by which the edges of its words are put right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ocr_worker.engine.port import Pixels, plane
from ocr_worker.engine.quantiles import quantile

#: A column is blank when its lightest and darkest pixel differ by less than this part of what they do in letters.
_BLANK: Final = 0.35
#: So much of a line's height, at the top and the bottom, may show the lines above and below.
_RIM: Final = 0.1
#: Fewer blank columns together are the gap between two letters.
_MIN_GAP: Final = 3

Span = tuple[float, float]
#: Of each column of a line, 1 if it is blank, else 0. Not an array, as NumPy is slow on a few, and it is asked for the
#: columns between each two characters.
BlankColumns = bytes


def blank_columns(line: Pixels) -> BlankColumns:
    """For each column of a line as `crops.cut` makes it, whether it shows nothing but paper."""
    rim = round(line.shape[0] * _RIM)
    shades = plane(line)[rim : line.shape[0] - rim]
    spread = shades.max(axis=0) - shades.min(axis=0)
    blank: BlankColumns = (spread < _BLANK * quantile(spread, 0.9)).tobytes()
    return blank


def snapped(spans: Sequence[Span], middles: Sequence[Span], blank: BlankColumns) -> list[Span]:
    """The same spans of words, their edges moved to the gaps between them.

    Where there is no clear gap (in handwriting, above a line that is ruled, in noise) the edges stay.

    Args:
        spans: start and end of each word, from 0 to 1.
        middles: where the middles of each word's first and last character are; no edge moves beyond.
        blank: what `blank_columns` returned.
    """
    columns = len(blank)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    borders = [0.0, *(position for pair in middles for position in pair), 1.0]
    for i, (left, right) in enumerate(zip(borders[::2], borders[1::2], strict=True)):
        gap = gap_between(left, right, blank)
        if gap is None:
            continue
        # A column less on each side: the faint outer pixels of letters look blank.
        if i > 0:
            ends[i - 1] = (gap[0] + 1) / columns
        if i < len(spans):
            starts[i] = (gap[1] - 1) / columns
    return list(zip(starts, ends, strict=True))


def gap_between(left: float, right: float, blank: BlankColumns) -> tuple[int, int] | None:
    """First column and end of the widest gap between two places on a line, which are from 0 to 1."""
    first, last = round(left * len(blank)), round(right * len(blank))
    columns = blank[first:last]
    widest = max(columns.split(b"\0"), key=len)
    if len(widest) < _MIN_GAP:
        return None
    start = first + columns.index(widest)
    return start, start + len(widest)


def gap_width(left: float, right: float, blank: BlankColumns) -> int:
    """How many columns the widest gap between two places on a line has; 0 if there is none."""
    gap = gap_between(left, right, blank)
    return gap[1] - gap[0] if gap else 0
