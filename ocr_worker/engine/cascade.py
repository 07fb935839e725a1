"""Reading a line with no more work than it needs: a quick look at all, a careful one where the first is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ocr_worker.engine.crops import SECOND_X_SCALE, X_SCALE
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import LineReader, LineText

#: A quick reader's line with a lower score is in doubt: a tenth of the text of typewritten letters, half of that of
#: receipts, all handwriting. At 0.96 receipts lose words, at 0.98 letters take 1.4 times as long to gain next to none.
_DOUBTFUL_SCORE: Final = 0.97
#: A number of so many digits may be a price whose point was swallowed, 8000 for 80.00. Quick readers do that without
#: any doubt, so the score does not show it.
_MIN_PRICE_DIGITS: Final = 3
#: A line that was read narrowed and with a lower score is read again as wide as it is,
_SURE_SCORE: Final = 0.93
#: and one that a quick reader made so little of is read carefully at that width only.
_HOPELESS_SCORE: Final = 0.85
#: At the same score the careful reader is right more often: the quick one's text must score better by more than this.
_CAREFUL_BONUS: Final = 0.05

#: The pixels of a line at a horizontal scale: `crops.cut` of some corners.
Cut = Callable[[float], Pixels]


@dataclass(frozen=True, slots=True)
class Look:
    """What was read of a line, and the pixels it was read from."""

    text: LineText
    line: Pixels


class Cascade:
    """Reads lines with one reader, or with two of which the second is better and dearer."""

    def __init__(self, quick: LineReader, careful: LineReader | None = None) -> None:
        self._quick = quick
        self._careful = careful

    def read(self, cut: Cut) -> Look:
        """Reads a line that it cuts out itself, as the width that suits depends on what comes out."""
        first = _look(self._quick, cut(X_SCALE))
        if self._careful is None:
            return _widened(self._quick, first, cut)
        if not in_doubt(first.text):
            return first
        if first.text.score < _HOPELESS_SCORE:
            second = _look(self._careful, cut(SECOND_X_SCALE))
        else:
            second = _widened(self._careful, _look(self._careful, first.line), cut)
        return first if first.text.score > second.text.score + _CAREFUL_BONUS else second


def in_doubt(text: LineText) -> bool:
    """Whether a line that was read quickly is worth reading carefully."""
    return text.score < _DOUBTFUL_SCORE or (len(text.glyphs) >= _MIN_PRICE_DIGITS and text.text.isdigit())


def _look(reader: LineReader, line: Pixels) -> Look:
    return Look(reader.read(line), line)


def _widened(reader: LineReader, narrow: Look, cut: Cut) -> Look:
    """The same look, or one at the line's own width if that was needed and helped."""
    if narrow.text.score >= _SURE_SCORE:
        return narrow
    wide = _look(reader, cut(SECOND_X_SCALE))
    return wide if wide.text.score > narrow.text.score else narrow
