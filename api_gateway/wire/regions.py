"""Regions of a page, such as columns and paragraphs: lines that stand close together.

Two lines are of one region when one begins below the other within a line's height, shares some of its width, and is
about as high; or when they stand in one row with hardly a gap between them. A region comes where its first line came,
so the order in which the lines are given is kept as far as regions allow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from read_operations.boxes import Box

#: The widest blank within a region in line heights: below a line, and beside it.
_BELOW: Final = 1.0
_BESIDE: Final = 1.0
#: The heights of a region's neighbours differ by no more than this factor.
_HEIGHTS: Final = 1.8
#: Each line is compared with so many that follow below it. A page of more in a row is no text.
_NEIGHBOURS: Final = 200


def grouped(boxes: Sequence[Box]) -> list[list[int]]:
    """The regions as lists of indices, in the order of the boxes."""
    parents = list(range(len(boxes)))

    def root(i: int) -> int:
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    ranking = sorted(range(len(boxes)), key=lambda i: boxes[i][1])
    for rank, i in enumerate(ranking):
        for j in ranking[rank + 1 : rank + 1 + _NEIGHBOURS]:
            if boxes[j][1] - boxes[i][3] > _BELOW * (boxes[i][3] - boxes[i][1]):
                break
            if _close(boxes[i], boxes[j]):
                parents[max(root(i), root(j))] = min(root(i), root(j))
    regions: dict[int, list[int]] = defaultdict(list)
    for i in range(len(boxes)):
        regions[root(i)].append(i)
    return list(regions.values())


def _close(upper: Box, lower: Box) -> bool:
    """Whether two lines are of one region; the first does not begin below the second."""
    heights = sorted((upper[3] - upper[1], lower[3] - lower[1]))
    if heights[1] > _HEIGHTS * heights[0]:
        return False
    between = max(upper[0], lower[0]) - min(upper[2], lower[2])
    in_row = upper[3] - lower[1] > heights[0] / 2
    if in_row:
        return between <= _BESIDE * heights[0]
    return between < 0 and lower[1] - upper[3] <= _BELOW * heights[0]
