"""Spaces that a network sees and does not write: those beside punctuation, as in `No.: 42`."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.gaps import gap_width
from ocr_worker.engine.recogniser import Glyph

#: A gap so wide, by the line's usual gap between words, is one too.
_WIDE: Final = 0.75
_BEFORE: Final = frozenset(":;,.)!?#")
_AFTER: Final = frozenset("(")


def with_missing_spaces(glyphs: Sequence[Glyph], blank: npt.NDArray[np.bool_]) -> tuple[Glyph, ...]:
    """The characters of a line, and between them the spaces that punctuation has swallowed.

    Only where the picture has a gap like those between the line's words, and never within a number: 1,240.50.
    """
    usual = [
        gap_width(before.position, after.position, blank)
        for before, space, after in zip(glyphs, glyphs[1:], glyphs[2:], strict=False)
        if space.text == " "
    ]
    usual = [width for width in usual if width]
    if not usual:
        return tuple(glyphs)
    wide = _WIDE * statistics.median(usual)
    result = list(glyphs[:1])
    for before, after in itertools.pairwise(glyphs):
        swallows = before.text in _BEFORE or after.text in _AFTER
        in_number = after.text.isdigit() and len(result) > 1 and result[-2].text.isdigit()
        if (
            swallows
            and not in_number
            and after.text != " "
            and gap_width(before.position, after.position, blank) >= wide
        ):
            result.append(Glyph(" ", (before.position + after.position) / 2, before.probability))
        result.append(after)
    return tuple(result)
