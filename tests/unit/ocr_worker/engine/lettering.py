"""Pictures of lines whose text can be told from their pixels without a network, and readers that do so."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ocr_worker.engine.cascade import Cut
from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.port import Pixels

#: Columns of a character's cell at a horizontal scale of 1, and of the paper on each side of its ink.
CELL, PAPER = 25, 2


def picture_of(text: str) -> Cut:
    """A line of cells of the same width; a character's ink says in its first channel which one it is."""

    def cut(x_scale: float) -> Pixels:
        cell = round(CELL * x_scale)
        line = np.full((LINE_HEIGHT, cell * len(text), 3), 255, np.uint8)
        for i, character in enumerate(text):
            if character != " ":
                ink = line[:, i * cell + PAPER : (i + 1) * cell - PAPER]
                ink[::2] = 0
                ink[..., 0] = ord(character)
        return line

    return cut


@dataclass
class SureReader:
    """Reads whatever characters a picture shows in full, with a score that its width may decide."""

    score: float = 1.0
    scores: Mapping[int, float] = field(default_factory=dict)
    #: What it read, and the widths of the pictures.
    read_texts: list[str] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    print_score: float = 0.95

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        return [self._read(line) for line in lines]

    def _read(self, line: Pixels) -> LineText:
        width = line.shape[1]
        ink = [(value, list(columns)) for value, columns in itertools.groupby(range(width), lambda x: line[0, x, 0])]
        score = self.scores.get(width, self.score)
        glyphs: list[Glyph] = []
        for value, columns in ink:
            middle = (columns[0] + columns[-1] + 1) / 2 / width
            if value < 255 and len(columns) >= CELL * 0.8 - 2 * PAPER:
                glyphs.append(Glyph(chr(value), middle, score))
            elif value == 255 and len(columns) > CELL / 2 and columns[0] > 0 and columns[-1] < width - 1:
                glyphs.append(Glyph(" ", middle, score))
        self.widths.append(width)
        self.read_texts.append("".join(glyph.character for glyph in glyphs))
        return LineText.of(glyphs)


def laid_out(text: str, scores: Mapping[str, float] | None = None, *, score: float = 1.0) -> LineText:
    """A text in the cells of a picture; `_` is a cell that might have been a space, and was not read as one.

    Args:
        text: as many characters as the picture has.
        scores: those of single words, as they stand in the text.
        score: of all other characters.
    """
    glyphs: list[Glyph] = []
    for word, characters in itertools.groupby(enumerate(text), lambda pair: pair[1] == " "):
        cells = list(characters)
        own = score if word else (scores or {}).get("".join(c for _, c in cells), score)
        glyphs += (
            Glyph(c, (i + 0.5) / len(text), own, 0.1 if i and text[i - 1] == "_" else 0.0) for i, c in cells if c != "_"
        )
    return LineText.of(glyphs)


@dataclass
class ScriptedReader:
    """Reads the same of every line."""

    text: LineText
    widths: list[int] = field(default_factory=list)
    print_score: float = 0.95

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        self.widths += [line.shape[1] for line in lines]
        return [self.text for _ in lines]
