"""Which words of a quickly read line are in doubt: by their scores, and by mistakes that scores do not show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from operator import sub
from typing import Final

from ocr_worker.engine.line_text import LineText

#: From which score of the print on a word with a lower score than the second is in doubt: the weaker the print is, the
#: surer a network can be of a mistake in it.
_LEAST_SCORES: Final = ((0.98, 0.92), (0.97, 0.97), (0.0, 0.98))
#: A number of so many digits may be a price whose point was swallowed, 8000 for 80.00, if one of them is less sure than
#: this, or the widest step from digit to digit so many times the least: places are known to a third of a step.
_MIN_PRICE_DIGITS: Final = 3
_SURE_DIGIT: Final = 0.995
_UNEVEN: Final = 1.6
#: What stands for a capital I more often than for itself.
_LONE: Final = "l"
#: Among so many small letters, and more letters than digits, a digit is likely to be a letter, as in wal1 and 0ther.
_SMALL_LETTERS: Final = 2
#: Between two letters as narrow as these a step so many times the line's usual one may hide a third, or a space, in a
#: word one of whose letters is less sure than this.
_NARROW: Final = frozenset("fijlrtI'")
_WIDE_STEP: Final = 1.45
_SURE_LETTER: Final = 0.98
#: A space that was not read between two characters, and yet is so probable, may have been swallowed.
_SPACE: Final = 0.02


def doubts(line: LineText, words: Sequence[slice], print_score: float) -> list[bool]:
    """For each word, whether it is worth reading carefully.

    Args:
        line: what was read of a line.
        words: where among its characters its words are.
        print_score: `PagePrint.score` of the line.
    """
    least = next(of_word for of_print, of_word in _LEAST_SCORES if print_score >= of_print)
    # Only words that are less than sure are asked for it.
    usual = _usual_step(line, words) if min(line.probabilities, default=1.0) < _SURE_LETTER else 0.0
    return [
        sum(line.probabilities[word]) < least * (word.stop - word.start)
        or max(line.spaces_before[word.start + 1 : word.stop], default=0.0) > _SPACE
        or _may_lack_a_letter(line, word, usual)
        or _may_hide_a_mistake(line, word)
        for word in words
    ]


def _steps(line: LineText, word: slice) -> list[float]:
    """The distances between the characters of a word."""
    positions = line.positions[word]
    return list(map(sub, positions[1:], positions))


def _usual_step(line: LineText, words: Sequence[slice]) -> float:
    """The middle one of the distances between the characters of words."""
    steps = sorted(chain.from_iterable(_steps(line, word) for word in words))
    return steps[len(steps) // 2] if steps else 0.0


def _may_lack_a_letter(line: LineText, word: slice, usual_step: float) -> bool:
    """Whether two narrow letters stand far apart."""
    return min(line.probabilities[word]) < _SURE_LETTER and any(
        before in _NARROW and after in _NARROW and step >= _WIDE_STEP * usual_step
        for (before, after), step in zip(pairwise(line.characters[word]), _steps(line, word), strict=True)
    )


def _may_hide_a_mistake(line: LineText, word: slice) -> bool:
    """Whether a word is one of those that quick readers get wrong without any doubt."""
    text = "".join(line.characters[word])
    if text.isascii() and text.isalpha():
        return text == _LONE
    return _may_lack_a_point(line, word, text) or _has_foreign_letters(text) or _has_strange_digits(text)


def _may_lack_a_point(line: LineText, word: slice, text: str) -> bool:
    if len(text) < _MIN_PRICE_DIGITS or not text.isdigit():
        return False
    steps = _steps(line, word)
    return min(line.probabilities[word]) < _SURE_DIGIT or max(steps) >= _UNEVEN * min(steps)


def _has_strange_digits(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    letters = sum(character.isalpha() for character in text)
    return 0 < digits < letters and sum(character.islower() for character in text) >= _SMALL_LETTERS


def _has_foreign_letters(text: str) -> bool:
    """Whether a letter is not one of the plain ones: a speck may have made á of an a, a hand 一 of a dash.

    What is Japanese or Chinese for the most part goes to the careful reader as a whole by this.
    """
    return any(character.isalpha() and not character.isascii() for character in text)
