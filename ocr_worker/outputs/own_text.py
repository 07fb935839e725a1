"""What a PDF page says itself, so that nothing is written on it twice."""

from __future__ import annotations

import contextlib
from typing import Any, Final, Self

import pypdfium2

from ocr_worker.documents.pdf import opened_page
from ocr_worker.documents.text_layer import flattened, layer_words
from ocr_worker.documents.text_words import Frame
from read_operations.boxes import Box, around
from read_operations.records import Word

#: Words of the same text whose middles are within one to two of these, in inches, are one word.
_CELL: Final = 0.1


class OwnText:
    """The box of a PDF page, and the words it has: seen or hidden, in its contents, its forms or its stamps."""

    def __init__(self, frame: Frame, words: list[tuple[str, Box]]) -> None:
        self.frame = frame
        self._words = {(text.casefold(), *_cell(box)) for text, box in words}

    @classmethod
    def of(cls, document: pypdfium2.PdfDocument, number: int) -> Self:
        """That of the page `number`, from 1.

        Raises:
            PageRefused: the page is missing or damaged.
        """
        with opened_page(document, number) as page:
            if not flattened(page):
                return cls._read(page)
            with contextlib.closing(document.get_page(number - 1)) as flat:
                return cls._read(flat)

    @classmethod
    def _read(cls, page: Any) -> Self:
        frame = Frame.of(page)
        return cls(frame, [(word.text, word.box) for word in layer_words(page, frame)])

    def has(self, word: Word) -> bool:
        """Whether the page has that word in that place."""
        text = word.text.casefold()
        column, row = _cell(around(word.box))
        return any((text, column + i, row + j) in self._words for i in (-1, 0, 1) for j in (-1, 0, 1))


def _cell(box: Box) -> tuple[int, int]:
    left, top, right, bottom = box
    return round((left + right) / 2 / _CELL), round((top + bottom) / 2 / _CELL)
