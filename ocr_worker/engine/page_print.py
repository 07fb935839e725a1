"""What the print of a page is like, by the lines of it that were read so far."""

from __future__ import annotations

from typing import Final

from ocr_worker.engine.crops import X_SCALE
from ocr_worker.engine.line_text import LineText

#: Characters of a line whose own score shows how good its print is, and whose width how wide its characters are.
LONG: Final = 12
#: Columns of a character, with its share of the spaces, from which on networks read print no better.
_ENOUGH_COLUMNS: Final = 17.0
#: So many characters of the usual width count as read before a page begins: the first lines may be titles.
_PRIOR: Final = 100
#: With so few they read it worse: the line is set more narrowly than its page.
_FEW_COLUMNS: Final = 12.5
#: However wide or narrow characters are, lines are scaled by no less and no more.
_LEAST_X_SCALE: Final = 0.6
_MOST_X_SCALE: Final = 0.9


class PagePrint:
    """How well the print of a page can be read, and how wide its characters are."""

    def __init__(self) -> None:
        self._score = 0.0
        self._count = 0
        # Until more is known, what is usual counts for some lines.
        self._columns = _ENOUGH_COLUMNS / X_SCALE * _PRIOR
        self._count_in_long = _PRIOR

    def add(self, line: LineText, columns: float) -> None:
        """Counts a line more.

        Args:
            line: what was read of it.
            columns: how many it has as wide as it is.
        """
        count = len(line)
        self._score += line.score * count
        self._count += count
        if count >= LONG:
            self._columns += columns
            self._count_in_long += count

    def score(self, line: LineText) -> float:
        """The score of the print of a line on the page, from 0 to 1.

        The own score of a short line says how sure its one or two words are, and little about the print.
        """
        if len(line) >= LONG or not self._count:
            return line.score
        return max(line.score, self._score / self._count)

    @property
    def x_scale(self) -> float:
        """The horizontal scale at which its lines are best read: wide characters need no more columns than others."""
        return _x_scale(self._columns / self._count_in_long)

    @staticmethod
    def x_scale_of(line: LineText, columns: float, x_scale: float) -> float:
        """The scale at which to read this line again: the one given, unless its characters were too narrow there.

        Args:
            line: what was read of it.
            columns: how many it has as wide as it is.
            x_scale: at which it was read.
        """
        count = len(line)
        if count < LONG or columns * x_scale >= _FEW_COLUMNS * count:
            return x_scale
        return max(_x_scale(columns / count), x_scale)


def _x_scale(columns: float) -> float:
    return min(max(_ENOUGH_COLUMNS / columns, _LEAST_X_SCALE), _MOST_X_SCALE)
