"""What the formats ask of a line: how it is turned, what lies between its words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from read_operations.records import Line, Quad, Word


def quarters(quad: Quad) -> int:
    """The nearest clockwise quarter turns of the text in it, from 0 to 3."""
    x1, y1, x2, y2, x3, y3, x4, y4 = quad
    across, down = x2 - x1 + x3 - x4, y2 - y1 + y3 - y4
    return round(math.degrees(math.atan2(down, across)) / 90) % 4


def spaced_words(line: Line) -> Iterator[tuple[str, Word]]:
    """The words of a line, each after what parts it from the one before: a blank, or nothing as in Chinese.

    What parts words is told by the line's text.
    """
    at, first = 0, True
    for word in line.words:
        start = line.text.find(word.text, at)
        between = " " if start < 0 else " " * (start > at)
        if start >= 0:
            at = start + len(word.text)
        yield "" if first else between, word
        first = False
