"""Reading the text of a line: the recognition network and the decoding of its columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np

from ocr_worker.engine.batching import OPENVINO_COSTS, Costs, Shape, plan
from ocr_worker.engine.decoding import decoded
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.networks import Images
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.room import Room
from ocr_worker.engine.steps import LineNetwork

#: A longer line is read in pieces.
_MAX_COLUMNS: Final = 2560
#: How far from its ideal place a cut may be, to fall between two words.
_CUT_RANGE: Final = 320
#: What networks see where no line is: as close to the middle between black and white as pixels come.
_NOTHING: Final = 127


class LineReader(Protocol):
    """Reads lines from the pixels it is given: one network, or a stand-in for it."""

    #: From this score on a line is in print.
    print_score: float

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        """Reads lines as `crops.cut` makes them of one page: all in grey, or all in colour."""
        ...


class Recogniser:
    """Reads lines with one network, each step of whose answer is one of the characters."""

    def __init__(
        self,
        network: LineNetwork,
        characters: Sequence[str],
        *,
        print_score: float = math.inf,
        costs: Costs = OPENVINO_COSTS,
    ) -> None:
        self._network = network
        self._characters = characters
        self.print_score = print_score
        self._costs = costs
        self._shape: Shape | None = None
        # What batches are put together in.
        self._room = Room()

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        """See `LineReader.read`."""
        cuts = [list(pieces(line)) for line in lines]
        parts = [line[:, start:end] for line, own in zip(lines, cuts, strict=True) for start, end in own]
        read = iter(self._read(parts))
        return [
            _joined([(cut, next(read)) for cut in own], line.shape[1]) for line, own in zip(lines, cuts, strict=True)
        ]

    def _read(self, parts: Sequence[Pixels]) -> list[LineText]:
        """The text of lines that the network can take."""
        if not parts:
            return []
        together = plan([part.shape[1] for part in parts], self._costs, self._shape)
        self._shape = together[-1].shape
        steps, counts = self._network.read(
            self._batch([parts[i] for i in batch.lines], *batch.shape) for batch in together
        )
        # Which part each line is; a batch may have lines of nothing behind its own.
        numbers = [i for batch in together for i in (*batch.lines, *[None] * (batch.shape[0] - len(batch.lines)))]
        widths = [batch.shape[1] for batch in together for _ in range(batch.shape[0])]
        stretches = [1.0 if i is None else width / parts[i].shape[1] for i, width in zip(numbers, widths, strict=True)]
        texts = dict(zip(numbers, decoded(steps, counts, stretches, self._characters), strict=True))
        return [texts[i] for i in range(len(parts))]

    def _batch(self, lines: Sequence[Pixels], count: int, columns: int) -> Images:
        """So many lines, so wide, with nothing beyond their ends and the last. Overwritten by the next."""
        images = self._room.array(count, lines[0].shape[0], columns, *(lines[0].shape[2:] or (1,)))
        images[len(lines) :] = _NOTHING
        for image, line in zip(images, lines, strict=False):
            image[:, : line.shape[1]] = line.reshape(*line.shape[:2], -1)
            image[:, line.shape[1] :] = _NOTHING
        return images


def _joined(pieces: Sequence[tuple[tuple[int, int], LineText]], columns: int) -> LineText:
    """The text of a line of so many columns, from that of its pieces."""
    if len(pieces) == 1:
        return pieces[0][1]
    glyphs: list[Glyph] = []
    for (start, end), found in pieces:
        if glyphs and found and not glyphs[-1].character.isspace() and not found.characters[0].isspace():
            glyphs.append(Glyph(" ", start / columns, 1.0))
        scale = (end - start) / columns
        glyphs += (glyph._replace(position=start / columns + glyph.position * scale) for glyph in found.glyphs)
    return LineText.of(glyphs)


def pieces(line: Pixels) -> Iterator[tuple[int, int]]:
    """Start and end of the pieces of a line that is too long, cut where it has the least ink."""
    start, width = 0, line.shape[1]
    while width - start > _MAX_COLUMNS:
        first = start + _MAX_COLUMNS - _CUT_RANGE
        stretch = line[:, first : start + _MAX_COLUMNS].astype(np.int16)
        # Ink is what differs from column to column's background; a column between words is all alike.
        unevenness = (stretch.max(axis=0) - stretch.min(axis=0)).reshape(stretch.shape[1], -1).sum(axis=1)
        smooth = np.convolve(unevenness, np.ones(9), mode="same")
        end = first + int(smooth[4:-4].argmin()) + 4
        yield start, end
        start = end
    yield start, width
