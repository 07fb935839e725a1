"""What a viewer finds in a PDF: its words where they can be marked, and its pages as they look."""

from __future__ import annotations

import contextlib
import ctypes
import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from tests.builders import Box, SampleWord

#: Side of the square to which PDFium is asked to map a page.
_GRID: Final = 1_000_000


@contextlib.contextmanager
def opened(data: bytes, number: int) -> Iterator[Any]:
    """The page `number`, from 1."""
    with pypdfium2.PdfDocument(data) as document, contextlib.closing(document[number - 1]) as page:
        yield page


def text(data: bytes, number: int = 1) -> str:
    """The page's text, as it is copied."""
    with opened(data, number) as page, contextlib.closing(page.get_textpage()) as layer:
        return str(layer.get_text_range()).replace("\r\n", "\n")


def finds(data: bytes, wanted: str, number: int = 1) -> bool:
    """Whether a search in the page finds it."""
    with opened(data, number) as page, contextlib.closing(page.get_textpage()) as layer:
        return layer.search(wanted).get_next() is not None


def words(data: bytes, number: int = 1) -> list[SampleWord]:
    """The page's words, their boxes in parts of the page as it is shown."""
    found: list[SampleWord] = []
    with opened(data, number) as page, contextlib.closing(page.get_textpage()) as layer:
        characters: list[tuple[str, Box]] = []
        for i in range(layer.count_chars() + 1):
            character = chr(pdfium.FPDFText_GetUnicode(layer, i)) if i < layer.count_chars() else " "
            if not character.isspace():
                characters.append((character, _shown(page, layer.get_charbox(i, loose=True))))
            elif characters:
                lefts, tops, rights, bottoms = zip(*(box for _, box in characters), strict=True)
                box = min(lefts), min(tops), max(rights), max(bottoms)
                found.append(SampleWord(text="".join(each for each, _ in characters), box=box))
                characters = []
    return found


def angles(data: bytes, number: int = 1) -> set[int]:
    """How the page's characters are turned, in counterclockwise degrees."""
    with opened(data, number) as page, contextlib.closing(page.get_textpage()) as layer:
        seen = [i for i in range(layer.count_chars()) if not chr(pdfium.FPDFText_GetUnicode(layer, i)).isspace()]
        return {round(-math.degrees(pdfium.FPDFText_GetCharAngle(layer, i))) % 360 for i in seen}


def look(data: bytes, number: int = 1, dpi: float = 72) -> npt.NDArray[np.uint8]:
    """The page as it looks, in grey."""
    with opened(data, number) as page:
        # Barely less, or a page of 640.001 pixels is drawn on 641.
        return np.array(page.render(scale=dpi / 72 * (1 - 1e-4), grayscale=True).to_numpy()).squeeze()


def size(data: bytes, number: int = 1) -> tuple[float, float]:
    """Width and height of the page as it is shown, in points."""
    with opened(data, number) as page:
        width, height = page.get_size()
        return width, height


def _shown(page: Any, box: Box) -> Box:
    corners = [_device(page, x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _device(page: Any, x: float, y: float) -> tuple[float, float]:
    column, row = ctypes.c_int(), ctypes.c_int()
    assert pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, column, row)
    return column.value / _GRID, row.value / _GRID


def far_apart(a: Box, b: Box) -> float:
    """How far the sides of two boxes are apart at most."""
    return max(math.fabs(x - y) for x, y in zip(a, b, strict=True))
