"""From the words of a text layer to lines: cut as the Read service cuts those of born-digital pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from ocr_worker.documents.text_words import LayerWord
from ocr_worker.script import is_latin
from read_operations.boxes import Box, union
from read_operations.records import Line, Quad, Word

#: A gap so wide, by the line's height, ends the line. The service's widest within one is 0.99, its narrowest cut 1.07.
_GAP: Final = 1.03
#: Within a string, where such a gap may be the one blank of a typewriter's font, it has to be wider.
_GAP_IN_STRING: Final = 2.0
#: A word may begin so far, by the line's height, before the one to its left has ended; further, it lies over it.
_OVERLAP: Final = 0.3
#: A text layer is not in doubt, and nobody writes one by hand.
_CONFIDENCE: Final = 1.0
_HANDWRITING: Final = 0.0
#: The service gives ten-thousandths of an inch, rounded from the seven digits of single precision, a half to
#: the even side, as .NET does. It is done here, as the digits behind would be lost on the way.
_INCH: Final = Decimal("0.0001")


def lines_of(words: Iterable[LayerWord]) -> list[Line]:
    """The lines, in the words' own order."""
    lines: list[list[LayerWord]] = []
    for word in words:
        if lines and _goes_on(lines[-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_line(line) for line in lines]


def upright(box: Box, quarters: int) -> Box:
    """A box as it lies when the page is turned so that its text stands upright."""
    left, top, right, bottom = box
    match quarters:
        case 1:
            return top, -right, bottom, -left
        case 2:
            return -right, -bottom, -left, -top
        case 3:
            return -bottom, left, -top, right
        case _:
            return box


def _goes_on(line: Sequence[LayerWord], word: LayerWord) -> bool:
    """Whether a word belongs to the line that was begun before it."""
    if word.begins_line or word.quarters != line[-1].quarters:
        return False
    _, top, right, bottom = upright(union(each.box for each in line), word.quarters)
    left, word_top, _, word_bottom = upright(word.box, word.quarters)
    height = max(bottom, word_bottom) - min(top, word_top)
    in_string = word.place is not None and word.place == line[-1].place
    return -_OVERLAP * height < left - right < (_GAP_IN_STRING if in_string else _GAP) * height


def _line(words: Sequence[LayerWord]) -> Line:
    text = " ".join(word.text for word in words)
    return Line(
        text=text,
        box=_quad(union(word.box for word in words), words[0].quarters),
        words=tuple(Word(text=word.text, box=_quad(word.box, word.quarters), confidence=_CONFIDENCE) for word in words),
        handwriting=_HANDWRITING if is_latin(text) else None,
    )


def _quad(box: Box, quarters: int) -> Quad:
    """The corners of a box, clockwise from the one where the text begins."""
    left, top, right, bottom = (_rounded(edge) for edge in box)
    corners = (left, top, right, top, right, bottom, left, bottom)
    a, b, c, d, e, f, g, h = corners[2 * quarters :] + corners[: 2 * quarters]
    return a, b, c, d, e, f, g, h


def _rounded(inches: float) -> float:
    return float(Decimal(f"{inches:.7g}").quantize(_INCH))
