"""Lines that stand close below one another, and whether they look like running text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

#: Shape (n, 4): left, top, right, bottom; y runs downwards.
Boxes = npt.NDArray[np.float64]
#: Numbers of lines.
Indices = npt.NDArray[np.intp]

LEFT, TOP, RIGHT, BOTTOM = range(4)

#: The lines of a stack differ in height by no more than this factor.
_HEIGHTS: Final = 1.6
#: Blank between the lines of a stack in heights: single-spaced text has up to 0.8 when boxes are tight.
_BLANK: Final = 1.0
#: By so much of their height may the boxes of two lines of a stack overlap.
_OVERLAP: Final = 0.5
#: Edges or middles within so many heights count as aligned.
_ALIGNED: Final = 2.0
#: Running text has lines of so many heights in width (a height is about two characters), at least three, ...
PROSE_WIDTH: Final = 10.0
PROSE_LINES: Final = 3
#: ... of which at least a half are nearly as wide as the column: table cells are ragged.
_FILLED: Final = 0.75
_FILLED_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The lines of a page with what their neighbours above and below tell of them."""

    boxes: Boxes
    #: All lines by their middles from the top; ties do not hang on the order in which the lines were given.
    ranking: Indices
    #: Half way down and half way across each line.
    middle: npt.NDArray[np.float64]
    centre: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    #: Has a neighbour close above or below.
    stacked: npt.NDArray[np.bool_]
    #: Is in a stack that looks like running text.
    prose: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, boxes: Boxes) -> Self:
        """Looks at a page."""
        width = boxes[:, RIGHT] - boxes[:, LEFT]
        middle = (boxes[:, TOP] + boxes[:, BOTTOM]) / 2
        # Nothing divides by nothing: a line without height counts as a hair high.
        height = np.maximum(boxes[:, BOTTOM] - boxes[:, TOP], np.finfo(np.float64).eps)
        ranking = np.lexsort((boxes[:, BOTTOM], boxes[:, RIGHT], boxes[:, LEFT], middle))
        stacked = np.zeros(len(boxes), np.bool_)
        prose = np.zeros(len(boxes), np.bool_)
        for stack in _stacks(boxes, middle, height, ranking):
            stacked[stack] = True
            prose[stack] = _looks_like_prose(width[stack], height[stack])
        return cls(
            boxes=boxes,
            ranking=ranking,
            middle=middle,
            centre=(boxes[:, LEFT] + boxes[:, RIGHT]) / 2,
            width=width,
            height=height,
            stacked=stacked,
            prose=prose,
        )


def _stacks(
    boxes: Boxes, middle: npt.NDArray[np.float64], height: npt.NDArray[np.float64], ranking: Indices
) -> list[list[int]]:
    """The stacks of two lines and more, each from the top. A line is in one stack at most."""
    sorted_middles = middle[ranking]
    reach = (1 + _HEIGHTS) / 2 + _BLANK
    stack_of: dict[int, list[int]] = {}
    stacks: list[list[int]] = []
    for rank, line in enumerate(ranking.tolist()):
        first = int(np.searchsorted(sorted_middles, middle[line] - reach * height[line]))
        above = ranking[first:rank]
        fitting = above[_fits(boxes, height, above, line)]
        if not len(fitting):
            continue
        shared = np.minimum(boxes[fitting, RIGHT], boxes[line, RIGHT]) - np.maximum(
            boxes[fitting, LEFT], boxes[line, LEFT]
        )
        nearest = int(fitting[np.lexsort((-shared, -boxes[fitting, BOTTOM]))[0]])
        stack = stack_of.get(nearest)
        if stack is None:
            stack = stack_of[nearest] = [nearest]
            stacks.append(stack)
        # A line has one successor: under a title that spans two columns only one of them goes on with its stack.
        if stack[-1] == nearest:
            stack.append(line)
            stack_of[line] = stack
    return [stack for stack in stacks if len(stack) > 1]


def _fits(boxes: Boxes, height: npt.NDArray[np.float64], above: Indices, line: int) -> npt.NDArray[np.bool_]:
    """Which of some lines may be the one before `line` in a stack."""
    others, box = boxes[above], boxes[line]
    low = np.minimum(height[above], height[line])
    blank = box[TOP] - others[:, BOTTOM]
    overlap = np.minimum(others[:, RIGHT], box[RIGHT]) - np.maximum(others[:, LEFT], box[LEFT])
    left, right = np.abs(others[:, LEFT] - box[LEFT]), np.abs(others[:, RIGHT] - box[RIGHT])
    middle = np.abs(others[:, LEFT] + others[:, RIGHT] - box[LEFT] - box[RIGHT]) / 2
    wider = np.maximum(others[:, RIGHT] - others[:, LEFT], box[RIGHT] - box[LEFT])
    aligned = (np.minimum(np.minimum(left, right), middle) <= _ALIGNED * low) | (overlap >= wider / 2)
    alike = np.maximum(height[above], height[line]) <= _HEIGHTS * low
    fits: npt.NDArray[np.bool_] = alike & aligned & (overlap > 0) & (blank <= _BLANK * low) & (blank >= -_OVERLAP * low)
    return fits


def _looks_like_prose(width: npt.NDArray[np.float64], height: npt.NDArray[np.float64]) -> bool:
    if len(width) < PROSE_LINES or mean_width(width, height) < PROSE_WIDTH:
        return False
    # Not the widest: a title may stand on top.
    usual = np.percentile(width, 80, method="lower")
    return bool((width >= _FILLED * usual).mean() >= _FILLED_SHARE)


def mean_width(width: npt.NDArray[np.float64], height: npt.NDArray[np.float64]) -> float:
    """How many heights wide the lines are; a wide line counts for more, as it has more of the text."""
    total = float(width.sum())
    return float((width * width / height).sum()) / total if total > 0 else 0.0
