"""Reading the text of a line: the recognition network and the decoding of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.networks import Network
from ocr_worker.engine.port import Pixels

#: A longer line is read in pieces.
_MAX_COLUMNS: Final = 2560
#: How far from its ideal place a cut may be, to fall between two words.
_CUT_RANGE: Final = 320
#: Networks see no line narrower than this.
_MIN_COLUMNS: Final = 64
#: Which of a network's characters is the space: the last.
_SPACE: Final = -1
#: Networks answer so many steps after a character's middle, on the average.
_LATENESS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character that was read, where along the line its centre is (from 0 to 1), and how sure that is."""

    text: str
    position: float
    probability: float
    #: How probable a space before it is, which was not read.
    space_before: float = 0.0


@dataclass(frozen=True, slots=True)
class LineText:
    """What was read of one line."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """All characters."""
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def score(self) -> float:
        """Mean probability of the characters; 0 if there are none."""
        return sum(glyph.probability for glyph in self.glyphs) / len(self.glyphs) if self.glyphs else 0.0


def word_slices(glyphs: Sequence[Glyph]) -> list[slice]:
    """Where among characters the words are: what stands between blanks."""
    inked = [not glyph.text.isspace() for glyph in glyphs]
    edges = [i for i, (before, now) in enumerate(zip([False, *inked], [*inked, False], strict=True)) if before != now]
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


class LineReader(Protocol):
    """Reads a line from the pixels it is given: one network, or a stand-in for it."""

    def read(self, line: Pixels) -> LineText:
        """Reads a line as `crops.cut` makes it."""
        ...


class Recogniser:
    """Reads lines with one network, each step of whose answer is one of the characters."""

    def __init__(self, network: Network, characters: Sequence[str]) -> None:
        self._network = network
        self._characters = characters

    def read(self, line: Pixels) -> LineText:
        """See `LineReader.read`."""
        total = line.shape[1]
        glyphs: list[Glyph] = []
        for start, end in pieces(line):
            found = self._read(line[:, start:end])
            if glyphs and found:
                glyphs.append(Glyph(" ", start / total, 1.0))
            scale = (end - start) / total
            glyphs += (replace(glyph, position=start / total + glyph.position * scale) for glyph in found)
        return LineText(tuple(glyphs))

    def _read(self, line: Pixels) -> list[Glyph]:
        height, width = line.shape[:2]
        columns = bucket(width)
        batch = np.zeros((1, 3, height, columns), np.float32)
        batch[..., :width] = cv2.dnn.blobFromImage(line, 2 / 255, mean=(127.5, 127.5, 127.5))
        (output, *_) = self._network([batch])
        return list(self._decode(output[0], columns / width))

    def _decode(self, output: npt.NDArray[np.float32], stretch: float) -> Iterator[Glyph]:
        """Takes the best character of each step; repetitions are one character, and 0 is none."""
        best = output.argmax(axis=1)
        steps = len(best)
        changes = np.flatnonzero(np.diff(best, prepend=-1))
        spaces = output[:, _SPACE].copy()
        done = 0
        for start, end in zip(changes, [*changes[1:], steps], strict=True):
            if index := int(best[start]):
                position = ((start + end) / 2 - _LATENESS) / steps * stretch
                space = spaces[done:start].max(initial=0.0)
                yield Glyph(
                    self._characters[index], min(max(position, 0.0), 1.0), float(output[start, index]), float(space)
                )
                done = end


def bucket(width: int) -> int:
    """The width at which a line of that width is read: one of about fifty, as every new shape costs time and memory."""
    step = 32 if width <= 640 else 64 if width <= 1280 else 128
    return max(_MIN_COLUMNS, -(-width // step) * step)


def pieces(line: Pixels) -> Iterator[tuple[int, int]]:
    """Start and end of the pieces of a line that is too long, cut where it has the least ink."""
    start, width = 0, line.shape[1]
    while width - start > _MAX_COLUMNS:
        first = start + _MAX_COLUMNS - _CUT_RANGE
        stretch = line[:, first : start + _MAX_COLUMNS].astype(np.int16)
        # Ink is what differs from column to column's background; a column between words is all alike.
        unevenness = (stretch.max(axis=0) - stretch.min(axis=0)).sum(axis=1)
        smooth = np.convolve(unevenness, np.ones(9), mode="same")
        end = first + int(smooth[4:-4].argmin()) + 4
        yield start, end
        start = end
    yield start, width
