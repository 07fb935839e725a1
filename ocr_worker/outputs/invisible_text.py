"""The content stream that puts lines on a page as text that nobody sees and everybody can search, mark and copy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ocr_worker.documents.text_words import Frame
from ocr_worker.outputs.glyphless import ADVANCE, DESCENT, GlyphlessFont
from read_operations.outputs.geometry import spaced_words
from read_operations.records import Line, Page, Quad, Word

#: Neither invisible nor any other text is placed further out than this, in points: PDF's own numbers end soon after.
_FURTHEST: Final = 32_000.0

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How points of a page as it was read lie on the page of the PDF."""

    frame: Frame
    #: Of the page that was read, in its own units.
    width: float
    height: float

    def point(self, x: float, y: float) -> _Point:
        """The place in the PDF's coordinates of a point that is given from the top-left corner of the shown page."""
        across, down = x / self.width, y / self.height
        match self.frame.quarters % 4:
            case 0:
                right, up = across, 1 - down
            case 1:
                right, up = down, across
            case 2:
                right, up = 1 - across, down
            case _:
                right, up = 1 - down, 1 - across
        frame = self.frame
        return frame.left + right * (frame.right - frame.left), frame.bottom + up * (frame.top - frame.bottom)

    def corners(self, quad: Quad) -> tuple[_Point, _Point, _Point, _Point]:
        """The corners of a quad: top left, top right, bottom right, bottom left of its text."""
        x1, y1, x2, y2, x3, y3, x4, y4 = quad
        return self.point(x1, y1), self.point(x2, y2), self.point(x3, y3), self.point(x4, y4)


def content(page: Page, frame: Frame, font: GlyphlessFont, name: str, is_known: Callable[[Word], bool]) -> bytes:
    """The operators that write what is not known yet; nothing when all is.

    Args:
        page: as it was read.
        frame: the box of the page in the PDF, and how it is turned to be shown.
        font: the one to write with.
        name: what the page's resources call it.
        is_known: whether the PDF has the word already.
    """
    if not (page.width > 0 and page.height > 0):
        return b""
    placement = Placement(frame=frame, width=page.width, height=page.height)
    shown = [piece for line in page.lines for piece in _line(line, placement, font, is_known)]
    if not shown:
        return b""
    return f"q BT 3 Tr {name} 1 Tf\n{''.join(shown)}ET Q\n".encode()


def _line(line: Line, placement: Placement, font: GlyphlessFont, is_known: Callable[[Word], bool]) -> Iterator[str]:
    words = [*spaced_words(line)]
    for i, (_, word) in enumerate(words):
        if word.text and not is_known(word):
            # The blank goes with the word before it. By itself, PDFium takes it for a line of its own on turned pages.
            blank = words[i + 1][0] if i + 1 < len(words) else ""
            yield _shown(word.text, blank, _on(line.box, word.box), placement, font)


def _on(line: Quad, word: Quad) -> Quad:
    """The part of a line that a word takes up, as high as the line.

    Viewers put those words into a line that are equally large and stand on one baseline.
    """
    x1, y1, x2, y2, x3, y3, x4, y4 = line
    across, down = x3 - x4, y3 - y4
    if not (square := across**2 + down**2):
        return word
    along = [((x - x4) * across + (y - y4) * down) / square for x, y in zip(word[::2], word[1::2], strict=True)]
    start, end = min(along), max(along)
    top, side = x2 - x1, y2 - y1
    return (
        *(x1 + start * top, y1 + start * side, x1 + end * top, y1 + end * side),
        *(x4 + end * across, y4 + end * down, x4 + start * across, y4 + start * down),
    )


def _shown(text: str, blank: str, quad: Quad, placement: Placement, font: GlyphlessFont) -> str:
    """The text stretched over its quad, whichever way that is turned, and a blank after it."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = placement.corners(quad)
    across = (x2 - x1 + x3 - x4) / 2, (y2 - y1 + y3 - y4) / 2
    up = (x1 - x4 + x2 - x3) / 2, (y1 - y4 + y2 - y3) / 2
    if not across[0] * up[1] - across[1] * up[0]:
        return ""  # without an area there is nothing to mark
    (x4, y4), across, up = _levelled((x4, y4), across, up)
    step = len(text) * ADVANCE
    matrix = (
        *(across[0] / step, across[1] / step),
        *up,
        *(x4 + up[0] * DESCENT, y4 + up[1] * DESCENT),
    )
    if not all(abs(value) <= _FURTHEST for value in matrix):
        return ""
    return f"{_numbers(matrix)} Tm <{font.encoded(text + blank)}> Tj\n"


def _levelled(corner: _Point, across: _Point, up: _Point) -> tuple[_Point, _Point, _Point]:
    """The box of a word, as its bottom-left corner and two sides; made level or plumb about its middle if it nearly is.

    Programs built on Poppler cut a word where its baseline has moved by half a point. So a word on a skewed line stands
    straight, a step above or below its neighbours, as long as that moves its ends by less than half its height.
    """
    along = 0 if abs(across[0]) >= abs(across[1]) else 1
    height = math.hypot(*up)
    if abs(across[1 - along]) > height or abs(up[1 - along]) <= abs(up[along]):
        return corner, across, up
    straight, rising = [0.0, 0.0], [0.0, 0.0]
    straight[along], rising[1 - along] = across[along], math.copysign(height, up[1 - along])
    x, y = (c + (a - s + u - r) / 2 for c, a, s, u, r in zip(corner, across, straight, up, rising, strict=True))
    return (x, y), (straight[0], straight[1]), (rising[0], rising[1])


def _numbers(values: Iterable[float]) -> str:
    # Four decimals: a thousand characters of a line are then off by less than a tenth of a point.
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
