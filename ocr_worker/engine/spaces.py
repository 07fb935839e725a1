"""Spaces that a network sees and does not write, most of them beside punctuation, as in `No.: 42`, and numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ocr_worker.engine.gaps import BlankColumns, gap_width
from ocr_worker.engine.line_text import Glyph, LineText

#: A gap so wide, by the line's usual gap between words, is one too,
_WIDE: Final = 0.75
#: or so wide between two digits.
_WIDE_IN_NUMBER: Final = 1.0
#: A space that is so probable is one, though what else there may be is more so.
_PROBABLE: Final = 0.25
#: Where a line has no gap between words to compare with: so probable, and in a gap of so many columns, a space is one
#: between a digit and a letter, as in 14 A. Of 115 such places all but a few were spaces.
_HINTED: Final = 0.005
_WIDE_COLUMNS: Final = 7
_BEFORE: Final = frozenset(":;,.)!?#")
_AFTER: Final = frozenset("(")
_PUNCTUATION: Final = _BEFORE | _AFTER


def with_seen_spaces(line: LineText, other: LineText, blank: BlankColumns) -> LineText:
    """A line, and between its characters the spaces that another reading of it has and its picture confirms.

    Args:
        line: what was read of it.
        other: the other reading.
        blank: which of the line's columns are blank: see `gaps.blank_columns`.
    """
    seen = list(_spaces(other, blank))
    if not seen:
        return line
    wide = _WIDE * statistics.median(width for _, width in seen)
    places = iter([position for position, width in seen if width >= wide])
    place = next(places, None)
    found = []
    for i, (before, after) in enumerate(pairwise(line.positions), 1):
        while place is not None and place <= before:
            place = next(places, None)
        if place is None:
            break
        if place < after and _meet(line, i) and gap_width(before, after, blank) >= wide:
            found.append((i, place))
    return _with_spaces(line, found)


def with_missing_spaces(line: LineText, blank: BlankColumns) -> LineText:
    """A line, and between its characters the spaces that the network nearly read, or punctuation swallowed.

    The latter only where the picture has a gap like those between the line's words, and never beside the point of a
    number: 1,240.50.
    """
    suspects = _suspects(line)
    if not suspects:
        return line
    usual = [width for _, width in _spaces(line, blank)]
    median = statistics.median(usual) if usual else math.inf
    found: list[tuple[int, float]] = []
    for i in suspects:
        before, after = line.positions[i - 1 : i + 1]
        least = _least_gap(line, i, median, parted=any(place == i - 1 for place, _ in found[-1:]))
        if line.spaces_before[i] > _PROBABLE or (least < math.inf and gap_width(before, after, blank) >= least):
            found.append((i, (before + after) / 2))
    return _with_spaces(line, found)


def _suspects(line: LineText) -> list[int]:
    """Before which characters a space may be missing: beside punctuation and digits, and where one was nearly read."""
    beside = [character in _PUNCTUATION or character.isdigit() for character in line.characters]
    pairs = zip(beside, beside[1:], line.spaces_before[1:], strict=False)
    return [
        i for i, (one, other, space) in enumerate(pairs, 1) if (one or other or space > _PROBABLE) and _meet(line, i)
    ]


def _meet(line: LineText, i: int) -> bool:
    """Whether neither a character nor the one before it is a blank."""
    return not line.characters[i - 1].isspace() and not line.characters[i].isspace()


def _spaces(line: LineText, blank: BlankColumns) -> Iterator[tuple[float, int]]:
    """Where the spaces between characters are that have a gap, and how wide that is."""
    for i, character in enumerate(line.characters[1:-1], 1):
        if character == " " and (width := gap_width(line.positions[i - 1], line.positions[i + 1], blank)):
            yield line.positions[i], width


def _with_spaces(line: LineText, places: Sequence[tuple[int, float]]) -> LineText:
    """The line with spaces more: before which of its characters, and where along it."""
    if not places:
        return line
    glyphs = line.glyphs
    for i, position in reversed(places):
        glyphs.insert(i, Glyph(" ", position, line.probabilities[i - 1]))
    return LineText.of(glyphs)


def _least_gap(line: LineText, i: int, usual: float, *, parted: bool) -> float:
    """From how wide a gap on there is a space before a character.

    Args:
        line: what was read of it.
        i: which of its characters; neither this nor the one before is a blank.
        usual: the width of its gaps between words; infinite without any.
        parted: whether there is one before the character before.
    """
    before, after = line.characters[i - 1 : i + 1]
    if after.isdigit():
        if before.isdigit():
            return _WIDE_IN_NUMBER * usual
        if i > 1 and not parted and line.characters[i - 2].isdigit() and not before.isalpha():
            return math.inf
    meets = (before.isdigit() and after.isalpha()) or (before.isalpha() and after.isdigit())
    if meets and usual == math.inf and line.spaces_before[i] > _HINTED:
        return _WIDE_COLUMNS
    return _WIDE * usual if meets or before in _BEFORE or after in _AFTER else math.inf
