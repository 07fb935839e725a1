"""Which words of a quickly read line are in doubt: by their scores, and by mistakes that scores do not show."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.crops import LINE_HEIGHT, X_SCALE
from ocr_worker.engine.gaps import gap_width
from ocr_worker.engine.recogniser import Glyph, LineText
from ocr_worker.engine.words import character_pitch

#: From which score of the print on a word with a lower score than the second is in doubt: the weaker the print is, the
#: surer a network can be of a mistake in it.
_LEAST_SCORES: Final = ((0.98, 0.9), (0.97, 0.96), (0.0, 0.98))
#: Characters of a line whose own score shows how good its print is.
_LONG: Final = 12
#: A number of so many digits may be a price whose point was swallowed, 8000 for 80.00.
_MIN_PRICE_DIGITS: Final = 3
#: What stands for a capital I more often than for itself.
_LONE: Final = "l"
#: As many columns as a line is high: an em.
_EM: Final = LINE_HEIGHT * X_SCALE
#: A gap within a word that is wider may be a swallowed space, if it is wider than this part of the line's pitch too.
_WIDE_EM: Final = 0.2
_WIDE_PITCH: Final = 0.5
#: Where a letter meets a digit, as in 13A for 13 A, narrower ones may.
_MEETING_EM: Final = 0.12
_MEETING_PITCH: Final = 0.375


class PageScore:
    """How well the print of a page can be read: by the lines of it that were read quickly so far."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0

    def add(self, line: LineText) -> None:
        """Counts a line more."""
        self._sum += line.score * len(line.glyphs)
        self._count += len(line.glyphs)

    def of_print(self, line: LineText) -> float:
        """The score of the print of a line on the page, from 0 to 1.

        The own score of a short line says how sure its one or two words are, and little about the print.
        """
        if len(line.glyphs) >= _LONG or not self._count:
            return line.score
        return max(line.score, self._sum / self._count)


def doubts(words: Sequence[Sequence[Glyph]], print_score: float, blank: npt.NDArray[np.bool_]) -> list[bool]:
    """For each word, whether it is worth reading carefully.

    Args:
        words: the characters of each word of a line.
        print_score: `PageScore.of_print` of the line.
        blank: which of the line's columns are blank: see `gaps.blank_columns`.
    """
    least = next(of_word for of_print, of_word in _LEAST_SCORES if print_score >= of_print)
    pitch = character_pitch(words) * len(blank)
    return [
        statistics.fmean(glyph.probability for glyph in word) < least
        or _may_hide_a_mistake("".join(glyph.text for glyph in word))
        or _may_hide_a_space(word, pitch, blank)
        for word in words
    ]


def _may_hide_a_mistake(text: str) -> bool:
    """Whether a word is one of those that quick readers get wrong without any doubt."""
    return text == _LONE or (len(text) >= _MIN_PRICE_DIGITS and text.isdigit())


def _may_hide_a_space(word: Sequence[Glyph], pitch: float, blank: npt.NDArray[np.bool_]) -> bool:
    """Whether two of a word's characters stand so far apart that there may be a space between them."""
    gaps = [gap_width(before.position, after.position, blank) for before, after in itertools.pairwise(word)]
    widest = max(gaps, default=0)
    if widest > max(_WIDE_EM * _EM, _WIDE_PITCH * pitch):
        return True
    meets = any(_letter_meets_digit(before.text, after.text) for before, after in itertools.pairwise(word))
    return meets and widest > max(_MEETING_EM * _EM, _MEETING_PITCH * pitch)


def _letter_meets_digit(before: str, after: str) -> bool:
    return (before.isdigit() and after.isalpha()) or (before.isalpha() and after.isdigit())
