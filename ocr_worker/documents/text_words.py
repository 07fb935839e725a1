"""The words of a PDF page's text layer, and where they are on the page as it is shown."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pypdfium2.raw as pdfium

from read_operations.boxes import Box
from read_operations.records import POINTS_PER_INCH

#: What PDFium writes for a hyphen at the end of a line; the next line follows it without a break.
_LINE_HYPHEN: Final = 2
_LINE_BREAKS: Final = frozenset((0x0A, 0x0D))
#: Categories of characters that say nothing: controls, halves of pairs, unassigned ones.
_MEANINGLESS: Final = frozenset(("Cc", "Cs", "Cn"))
#: Those, private ones and the one for "unknown": what a layer is full of whose fonts do not say what they show.
_SUSPICIOUS: Final = _MEANINGLESS | {"Co"}
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
#: Shown by nobody: soft hyphen, zero-width space, byte order mark.
_UNSEEN: Final = frozenset("\u00ad\u200b\ufeff")
#: The halves of a character beyond U+FFFF. PDFium gives one after the other, the second first from right to left.
_PAIR: Final = re.compile(r"[\ud800-\udbff][\udc00-\udfff]|[\udc00-\udfff][\ud800-\udbff]")
_NOWHERE: Final = (math.inf, math.inf, -math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's box in PDFium's coordinates, in points, and how it is turned to be shown."""

    left: float
    bottom: float
    right: float
    top: float
    #: Clockwise quarter turns.
    quarters: int

    @classmethod
    def of(cls, page: Any) -> Self:
        """The frame of an open page."""
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation() // 90)

    def shown(self, box: Box) -> Box:
        """Left, bottom, right and top in PDFium's coordinates as a box of the page as it is shown, in inches."""
        left, bottom, right, top = box
        match self.quarters:
            case 0:
                box = left - self.left, self.top - top, right - self.left, self.top - bottom
            case 1:
                box = bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
            case 2:
                box = self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
            case _:
                box = self.top - top, self.right - right, self.top - bottom, self.right - left
        a, b, c, d = (value / POINTS_PER_INCH for value in box)
        return a, b, c, d


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWord:
    """A run of characters between two blanks."""

    #: Without what says nothing; empty if none of it does.
    text: str
    #: In inches of the page as it is shown.
    box: Box
    #: Clockwise quarter turns of its characters, as they are shown.
    quarters: int
    #: PDFium begins a line with it.
    begins_line: bool
    #: How many of its characters are no text.
    suspicious: int
    #: The text object of its first character, if it has one, and what tells it from others.
    source: Any
    place: int | None
    #: The text objects of all of its characters, if they were asked for.
    sources: tuple[Any, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of its box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def height(self) -> float:
        """How high its characters are, whichever way they stand."""
        left, top, right, bottom = self.box
        return right - left if self.quarters % 2 else bottom - top


def address(source: Any) -> int:
    """What tells one page object from another."""
    return ctypes.addressof(source.contents)


@dataclass(slots=True)
class _Run:
    """A word that is being put together: its characters, and the union of their boxes in points."""

    first: int
    begins_line: bool
    characters: list[str] = field(default_factory=list)
    box: Box = _NOWHERE


def read_words(text: Any, frame: Frame, *, every_source: bool = False) -> list[LayerWord]:
    """The words of a text page of PDFium's, in its order, whether they can be seen or not.

    Args:
        text: the text page.
        frame: of the page.
        every_source: whether all text objects of a word are wanted, which takes a sixth longer.
    """
    return [_word(text, run, frame, every_source) for run in _runs(text) if run.characters and run.box != _NOWHERE]


def _runs(text: Any) -> Iterator[_Run]:
    unicode, char_box, is_hyphen = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox, pdfium.FPDFText_IsHyphen
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    run = _Run(0, True)
    for i in range(pdfium.FPDFText_CountChars(text)):
        code = unicode(text, i)
        character = chr(code) if code < 0x110000 else _UNKNOWN
        if character.isspace():
            begins_line = code in _LINE_BREAKS or (run.begins_line and not run.characters)
            yield run
            run = _Run(i + 1, begins_line)
            continue
        ends_line = code == _LINE_HYPHEN and is_hyphen(text, i) == 1
        run.characters.append("-" if ends_line else character)
        if char_box(text, i, left, right, bottom, top):
            w, x, y, z = left.value, bottom.value, right.value, top.value
            a, b, c, d = run.box
            run.box = w if w < a else a, x if x < b else b, y if y > c else c, z if z > d else d
        if ends_line:
            yield run
            run = _Run(i + 1, True)
    yield run


def _word(text: Any, run: _Run, frame: Frame, every_source: bool) -> LayerWord:
    characters, suspicious = _PAIR.sub(_joined, "".join(run.characters)), 0
    length = len(characters)
    if not (characters.isascii() and characters.isprintable()):
        categories = [unicodedata.category(character) for character in characters]
        suspicious = sum(category in _SUSPICIOUS for category in categories) + characters.count(_UNKNOWN)
        characters = "".join(
            character
            for character, category in zip(characters, categories, strict=True)
            if category not in _MEANINGLESS and character not in _UNSEEN
        )
    if pdfium.FPDFText_HasUnicodeMapError(text, run.first) == 1:
        suspicious = length
    source = pdfium.FPDFText_GetTextObject(text, run.first)
    return LayerWord(
        text=characters,
        box=frame.shown(run.box),
        quarters=(_quarters(text, run.first) + frame.quarters) % 4,
        begins_line=run.begins_line,
        suspicious=suspicious,
        source=source,
        place=address(source) if source else None,
        sources=tuple(_sources(text, run)) if every_source else (),
    )


def _sources(text: Any, run: _Run) -> Iterable[Any]:
    found = (pdfium.FPDFText_GetTextObject(text, run.first + i) for i in range(len(run.characters)))
    return {address(source): source for source in found if source}.values()


def _joined(halves: re.Match[str]) -> str:
    return "".join(sorted(halves[0])).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _quarters(text: Any, index: int) -> int:
    """The nearest clockwise quarter turns of a character."""
    angle = pdfium.FPDFText_GetCharAngle(text, index)
    return round(angle / (math.pi / 2)) % 4 if angle > 0 else 0
