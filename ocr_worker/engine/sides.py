"""What stands on the two sides of a gutter: columns, or the cells of a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

import numpy as np

from ocr_worker.engine.gutters import Gutter
from ocr_worker.engine.stacks import LEFT, PROSE_LINES, PROSE_WIDTH, RIGHT, Indices, Layout, mean_width

#: So much of a side, by width, must be of a kind for the side to be.
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.9
#: Lines are in one row when their middles differ by less than this part of the lower one's height.
ROW: Final = 0.25
#: When so many of a side's lines have one beside them, the sides stand in rows; chance alone gives 0.4.
_IN_ROWS: Final = 0.7
#: With fewer, they do not even if both look like parts of a table.
_NOT_IN_ROWS: Final = 0.5
#: When so many of a side's lines have one beside them on the same side, that side has rows of its own.
_OWN_ROWS: Final = 0.5
#: Notes are at least so many heights wide: numbers and prices are not.
_NOTE_WIDTH: Final = 4.0
#: Blocks such as addresses: so many heights wide, so many lines, ...
_BLOCK_WIDTH: Final = 5.0
_BLOCK_LINES: Final = range(2, 9)
#: ... and far apart in heights; less so when one is longer than the other, which rows of a form are not.
_BLOCK_GUTTER: Final = 8.0
_UNEVEN_BLOCK_GUTTER: Final = 3.0


class SectionKind(Enum):
    """What a section is for a gutter that runs through it."""

    #: Columns of running text, which may go on in the next section.
    PROSE = auto()
    #: More of the columns above it.
    TAIL = auto()
    #: Blocks side by side.
    BLOCKS = auto()
    #: Too little to say.
    SPARSE = auto()
    #: Rows.
    ROWS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What stands on one side of a gutter."""

    #: Lines.
    count: int
    #: Their mean width in heights.
    width: float
    #: Most of it is running text.
    prose: bool
    #: Most of its lines stand close below one another.
    stacked: bool
    #: Might be the end of running text.
    text: bool
    #: Has rows of its own: it is several columns, ...
    rows: bool
    #: ... and not all of them of running text: some columns of a table.
    cells: bool

    @classmethod
    def of(cls, layout: Layout, lines: Indices) -> Self:
        """Looks at the lines of a side, which are in the order of the page's ranking."""
        widths = layout.width[lines]
        total = float(widths.sum())
        width = mean_width(widths, layout.height[lines])
        in_prose = float(widths[layout.prose[lines]].sum())
        prose = len(lines) > 0 and in_prose >= _MOST * total
        stacked = len(lines) > 0 and float(widths[layout.stacked[lines]].sum()) >= _MOST * total
        rows = _share_in_own_rows(layout, lines) >= _OWN_ROWS
        return cls(
            count=len(lines),
            width=width,
            prose=prose,
            stacked=stacked,
            text=prose or (stacked and width >= PROSE_WIDTH),
            rows=rows,
            cells=rows and in_prose < _NEARLY_ALL * total,
        )


def judged(layout: Layout, lines: Indices, gutter: Gutter, *, detached: bool, going_on: bool) -> SectionKind:
    """What the lines of a section are for a gutter.

    Args:
        layout: the page.
        lines: those of the section, in the order of the page's ranking.
        gutter: it runs through the section.
        detached: there is a blank above and below the section.
        going_on: there are columns of running text along the gutter above, which may go on.
    """
    on_left = layout.centre[lines] < (gutter.left + gutter.right) / 2
    left, right = Side.of(layout, lines[on_left]), Side.of(layout, lines[~on_left])
    fewer = min(left.count, right.count)
    if not fewer:
        return SectionKind.TAIL if going_on and left.text else SectionKind.SPARSE
    in_rows = _share_in_rows(layout, lines[on_left], lines[~on_left])
    table = in_rows >= _IN_ROWS and (left.cells or right.cells)
    if left.prose and right.prose and fewer >= PROSE_LINES and not table:
        return SectionKind.PROSE
    if going_on and left.text and right.text and not table:
        return SectionKind.TAIL
    if _notes(left, right, in_rows):
        return SectionKind.BLOCKS
    # Of three blocks in a row, say, the two at the gutter tell.
    near_left = _nearest_column(layout, lines[on_left], leftwards=True)
    near_right = _nearest_column(layout, lines[~on_left], leftwards=False)
    apart = (gutter.right - gutter.left) / float(np.median(layout.height[lines]))
    if detached and _blocks(Side.of(layout, near_left), Side.of(layout, near_right), apart):
        return SectionKind.BLOCKS
    return SectionKind.ROWS if fewer >= PROSE_LINES else SectionKind.SPARSE


def _notes(left: Side, right: Side, in_rows: float) -> bool:
    """Whether the lines of one side do not go with those of the other."""
    if in_rows >= _IN_ROWS:
        return False
    if left.cells or right.cells:
        # A table beside another or beside text; anything else may be cells that stand half a line off.
        return in_rows < _NOT_IN_ROWS and all(side.rows or side.prose for side in (left, right))
    return all(
        side.width >= _NOTE_WIDTH and (side.stacked or other.prose) for side, other in ((left, right), (right, left))
    )


def _blocks(left: Side, right: Side, apart: float) -> bool:
    """Whether two blocks stand side by side, so many heights apart."""
    if apart < (_BLOCK_GUTTER if left.count == right.count else _UNEVEN_BLOCK_GUTTER):
        return False
    return all(
        side.stacked and not side.rows and side.width >= _BLOCK_WIDTH and side.count in _BLOCK_LINES
        for side in (left, right)
    )


def _nearest_column(layout: Layout, lines: Indices, *, leftwards: bool) -> Indices:
    """Those of the lines on one side of a gutter that no other gap parts from it."""
    near, far = layout.boxes[lines, LEFT], layout.boxes[lines, RIGHT]
    if leftwards:
        near, far = -far, -near
    ranking = np.argsort(near, kind="stable")
    gaps = np.flatnonzero(near[ranking][1:] > np.maximum.accumulate(far[ranking])[:-1])
    column = ranking[: int(gaps[0]) + 1] if len(gaps) else ranking
    return lines[np.sort(column)]


def _share_in_rows(layout: Layout, left: Indices, right: Indices) -> float:
    """How many of the lines on the side with fewer have one beside them on the other."""
    few, many = sorted((left, right), key=len)
    middles = layout.middle[many]
    after = np.minimum(np.searchsorted(middles, layout.middle[few]), len(many) - 1)
    in_row = np.zeros(len(few), np.bool_)
    for at in (np.maximum(after - 1, 0), after):
        low = np.minimum(layout.height[few], layout.height[many[at]])
        in_row |= np.abs(layout.middle[few] - middles[at]) < ROW * low
    return float(in_row.mean())


def _share_in_own_rows(layout: Layout, lines: Indices) -> float:
    """How many of the lines have one of the others beside them."""
    if len(lines) < 2:
        return 0.0
    middle, height = layout.middle[lines], layout.height[lines]
    near = np.diff(middle) < ROW * np.minimum(height[1:], height[:-1])
    return float((np.append(near, False) | np.insert(near, 0, False)).mean())
