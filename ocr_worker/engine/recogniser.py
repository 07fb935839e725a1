"""Reading the text of a line: the recognition network and the decoding of its columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np

from ocr_worker.engine.batching import OPENVINO_COSTS, Costs, Shape, plan
from ocr_worker.engine.networks import Images
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.steps import LineNetwork, Steps

#: A longer line is read in pieces.
_MAX_COLUMNS: Final = 2560
#: How far from its ideal place a cut may be, to fall between two words.
_CUT_RANGE: Final = 320
#: Networks answer so many steps after a character's middle, on the average.
_LATENESS: Final = 0.25
#: What networks see where no line is: as close to the middle between black and white as pixels come.
_NOTHING: Final = 127


class Glyph(NamedTuple):
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
    #: Mean probability of the characters; 0 if there are none.
    score: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", mean_probability(self.glyphs))

    @property
    def text(self) -> str:
        """All characters."""
        return "".join([glyph.text for glyph in self.glyphs])


def mean_probability(glyphs: Sequence[Glyph]) -> float:
    """Of some characters; 0 if there are none."""
    return sum([glyph.probability for glyph in glyphs]) / len(glyphs) if glyphs else 0.0


def word_slices(glyphs: Sequence[Glyph]) -> list[slice]:
    """Where among characters the words are: what stands between blanks."""
    inked = [not glyph.text.isspace() for glyph in glyphs]
    edges = [i for i, (before, now) in enumerate(zip([False, *inked], [*inked, False], strict=True)) if before != now]
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


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
        # What batches are put together in: memory that is new costs more than what is written into it.
        self._room = np.empty(0, np.uint8)

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        """See `LineReader.read`."""
        cuts = [list(pieces(line)) for line in lines]
        parts = [line[:, start:end] for line, own in zip(lines, cuts, strict=True) for start, end in own]
        read = iter(self._read(parts))
        return [
            _joined([(cut, next(read)) for cut in own], line.shape[1]) for line, own in zip(lines, cuts, strict=True)
        ]

    def _read(self, parts: Sequence[Pixels]) -> list[list[Glyph]]:
        """The characters of lines that the network can take."""
        if not parts:
            return []
        together = plan([part.shape[1] for part in parts], self._costs, self._shape)
        self._shape = together[-1].shape
        answers = self._network.read(self._batch([parts[i] for i in batch.lines], *batch.shape) for batch in together)
        found: dict[int, list[Glyph]] = {}
        for batch, steps in zip(together, answers, strict=True):
            stretches = [batch.shape[1] / parts[i].shape[1] for i in batch.lines]
            found |= zip(batch.lines, self._decoded(steps.part(0, len(batch.lines)), stretches), strict=True)
        return [found[i] for i in range(len(parts))]

    def _batch(self, lines: Sequence[Pixels], count: int, columns: int) -> Images:
        """So many lines, so wide, with nothing beyond their ends and the last. Overwritten by the next."""
        shape = count, lines[0].shape[0], columns, *lines[0].shape[2:]
        if math.prod(shape) > len(self._room):
            self._room = np.empty(math.prod(shape), np.uint8)
        batch = self._room[: math.prod(shape)].reshape(shape)
        batch[len(lines) :] = _NOTHING
        for image, line in zip(batch, lines, strict=False):
            image[:, : line.shape[1]] = line
            image[:, line.shape[1] :] = _NOTHING
        return batch.reshape(*shape[:3], -1)

    def _decoded(self, lines: Steps, stretches: Sequence[float]) -> Iterator[list[Glyph]]:
        """The characters of lines, each of which the network saw so many times as wide as it is."""
        # In plain numbers: NumPy takes longer while what it needs is not in the CPU's cache, as after each network.
        numbers = zip(lines.best.tolist(), lines.probability.tolist(), lines.space.tolist(), stretches, strict=True)
        return (self._characters_of(*line) for line in numbers)

    def _characters_of(
        self, best: Sequence[int], probabilities: Sequence[float], spaces: Sequence[float], stretch: float
    ) -> list[Glyph]:
        """Takes the best character of each step of a line; repetitions are one character, and 0 is none."""
        glyphs: list[Glyph] = []
        start = end_before = 0
        for step, number in enumerate([*best[1:], -1], 1):
            if number == best[start]:
                continue
            if best[start]:
                position = ((start + step) / 2 - _LATENESS) / len(best) * stretch
                glyphs.append(
                    Glyph(
                        self._characters[best[start]],
                        min(max(position, 0.0), 1.0),
                        probabilities[start],
                        # The most probable one since the character before.
                        max(spaces[end_before:start], default=0.0),
                    )
                )
                end_before = step
            start = step
        return glyphs


def _joined(pieces: Sequence[tuple[tuple[int, int], list[Glyph]]], columns: int) -> LineText:
    """The text of a line of so many columns, from that of its pieces."""
    if len(pieces) == 1:
        return LineText(tuple(pieces[0][1]))
    glyphs: list[Glyph] = []
    for (start, end), found in pieces:
        if glyphs and found and not glyphs[-1].text.isspace() and not found[0].text.isspace():
            glyphs.append(Glyph(" ", start / columns, 1.0))
        scale = (end - start) / columns
        glyphs += (glyph._replace(position=start / columns + glyph.position * scale) for glyph in found)
    return LineText(tuple(glyphs))


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
