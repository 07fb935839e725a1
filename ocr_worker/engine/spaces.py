"""Spaces that a network sees and does not write: beside punctuation, as in `No.: 42`, and numbers, as in `7 of`."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.gaps import gap_between
from ocr_worker.engine.recogniser import Glyph

#: A gap so wide, by the line's usual gap between words, is one too.
_WIDE: Final = 0.75
_BEFORE: Final = frozenset(":;,.)!?#")
_AFTER: Final = frozenset("(")


def with_missing_spaces(glyphs: Sequence[Glyph], blank: npt.NDArray[np.bool_]) -> tuple[Glyph, ...]:
    """The characters of a line, and between them the spaces that punctuation and numbers have swallowed.

    Only where the picture has a gap like those between the line's words, and never within a number: 1,240.50.
    """
    usual = [
        _gap(before, after, blank)
        for before, space, after in zip(glyphs, glyphs[1:], glyphs[2:], strict=False)
        if space.text == " "
    ]
    usual = [width for width in usual if width]
    if not usual:
        return tuple(glyphs)
    wide = _WIDE * statistics.median(usual)
    result = list(glyphs[:1])
    for before, after in itertools.pairwise(glyphs):
        swallows = before.text in _BEFORE or after.text in _AFTER or _number_meets_word(before.text, after.text)
        in_number = after.text.isdigit() and len(result) > 1 and result[-2].text.isdigit()
        if swallows and not in_number and after.text != " " and _gap(before, after, blank) >= wide:
            result.append(Glyph(" ", (before.position + after.position) / 2, before.probability))
        result.append(after)
    return tuple(result)


def _number_meets_word(before: str, after: str) -> bool:
    return (before.isdigit() and after.isalpha()) or (before.isalpha() and after.isdigit())


def _gap(before: Glyph, after: Glyph, blank: npt.NDArray[np.bool_]) -> int:
    """How many blank columns lie together between the middles of two characters."""
    gap = gap_between(before.position, after.position, blank)
    return gap[1] - gap[0] if gap else 0
