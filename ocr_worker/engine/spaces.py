"""Spaces that a network sees and does not write, most of them beside punctuation, as in `No.: 42`, and numbers."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from ocr_worker.engine.gaps import BlankColumns, gap_width
from ocr_worker.engine.recogniser import Glyph

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


def with_seen_spaces(glyphs: Sequence[Glyph], others: Sequence[Glyph], blank: BlankColumns) -> tuple[Glyph, ...]:
    """The characters of a line, and between them the spaces that another reading of it has and its picture confirms.

    Args:
        glyphs: the line's characters.
        others: those of the other reading.
        blank: which of the line's columns are blank: see `gaps.blank_columns`.
    """
    seen = [(space.position, width) for space, width in _spaces(others, blank)]
    if not seen:
        return tuple(glyphs)
    wide = _WIDE * statistics.median(width for _, width in seen)
    places = iter([position for position, width in seen if width >= wide])
    place = next(places, None)
    result = list(glyphs[:1])
    for before, after in itertools.pairwise(glyphs):
        while place is not None and place <= before.position:
            place = next(places, None)
        if (
            place is not None
            and place < after.position
            and not before.text.isspace()
            and not after.text.isspace()
            and gap_width(before.position, after.position, blank) >= wide
        ):
            result.append(Glyph(" ", place, before.probability))
        result.append(after)
    return tuple(result)


def _spaces(glyphs: Sequence[Glyph], blank: BlankColumns) -> Iterator[tuple[Glyph, int]]:
    """The spaces between characters that have a gap, and how wide that is."""
    for before, space, after in zip(glyphs, glyphs[1:], glyphs[2:], strict=False):
        if space.text == " " and (width := gap_width(before.position, after.position, blank)):
            yield space, width


def with_missing_spaces(glyphs: Sequence[Glyph], blank: BlankColumns) -> tuple[Glyph, ...]:
    """The characters of a line, and between them the spaces that the network nearly read, or punctuation swallowed.

    The latter only where the picture has a gap like those between the line's words, and never beside the point of a
    number: 1,240.50.
    """
    usual = [width for _, width in _spaces(glyphs, blank)]
    median = statistics.median(usual) if usual else math.inf
    result = list(glyphs[:1])
    for before, after in itertools.pairwise(glyphs):
        seen = after.space_before > _PROBABLE and not before.text.isspace() and not after.text.isspace()
        least = _least_gap(result, after, median)
        if seen or (least < math.inf and gap_width(before.position, after.position, blank) >= least):
            result.append(Glyph(" ", (before.position + after.position) / 2, before.probability))
        result.append(after)
    return tuple(result)


def _least_gap(line: Sequence[Glyph], after: Glyph, usual: float) -> float:
    """From how wide a gap on there is a space between the last character of a line and another.

    Args:
        line: its characters so far.
        after: the other one.
        usual: the width of its gaps between words; infinite without any.
    """
    before = line[-1].text
    if before.isspace() or after.text.isspace():
        return math.inf
    if after.text.isdigit():
        if before.isdigit():
            return _WIDE_IN_NUMBER * usual
        if len(line) > 1 and line[-2].text.isdigit() and not before.isalpha():
            return math.inf
    meets = (before.isdigit() and after.text.isalpha()) or (before.isalpha() and after.text.isdigit())
    if meets and usual == math.inf and after.space_before > _HINTED:
        return _WIDE_COLUMNS
    return _WIDE * usual if meets or before in _BEFORE or after.text in _AFTER else math.inf
