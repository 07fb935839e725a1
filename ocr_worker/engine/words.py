"""From the characters of a line to its words, each with its own quad."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from ocr_worker.engine.gaps import BlankColumns, Span, snapped
from ocr_worker.engine.geometry import Quads, parts, to_records
from ocr_worker.engine.line_text import LineText, mean
from ocr_worker.engine.spaces import with_missing_spaces
from read_operations.records import Line, Quad, Word

_WHOLE: Final = (0.0, 1.0)


def build_lines(quads: Quads, reads: Sequence[LineText], blanks: Sequence[BlankColumns | None]) -> list[Line | None]:
    """Lines with their words; None where nothing but blanks was read.

    Words are what stands between spaces, so in scripts that write none (Chinese, Japanese) a run is one word. Their
    quads are cut from the line's, along its own top and bottom edges, by where the network saw the characters, which
    is right to about half a character, and then by the gaps there, where there are clear ones.

    Args:
        quads: of the lines.
        reads: what was read of each.
        blanks: which columns of each are blank, if that is known: see `gaps.blank_columns`.
    """
    if not reads:
        return []
    words = [_words(read, blank) for read, blank in zip(reads, blanks, strict=True)]
    # The quads of all at once, as NumPy takes as long for those of one line.
    counts = [1 + len(own) for own in words]
    edges = [edge for own in words for edge in (_WHOLE, *(word.edges for word in own))]
    boxes = iter(to_records(parts(quads.repeat(counts, axis=0), edges)))
    return [_line(next(boxes), [(word, next(boxes)) for word in own]) for own in words]


class _Word(NamedTuple):
    """A word, and where along the line it starts and ends."""

    text: str
    confidence: float
    edges: Span


def _words(line: LineText, blank: BlankColumns | None) -> list[_Word]:
    if blank is not None:
        line = with_missing_spaces(line, blank)
    words = line.words
    edges = spans(line.positions, words)
    if blank is not None:
        middles = [(line.positions[word.start], line.positions[word.stop - 1]) for word in words]
        edges = snapped(edges, middles, blank)
    return [
        _Word("".join(line.characters[word]), mean(line.probabilities[word]), own)
        for word, own in zip(words, edges, strict=True)
    ]


def _line(box: Quad, words: Sequence[tuple[_Word, Quad]]) -> Line | None:
    if not words:
        return None
    return Line(
        text=" ".join([word.text for word, _ in words]),
        box=box,
        words=tuple(Word(text=word.text, box=own, confidence=round(word.confidence, 4)) for word, own in words),
    )


def spans(positions: Sequence[float], words: Sequence[slice]) -> list[Span]:
    """Where along the line each word starts and ends, from 0 to 1.

    A word reaches half a character beyond the centres of its first and last; the line's own ends are the first's start
    and the last's end.

    Args:
        positions: of the line's characters.
        words: where among them its words are.
    """
    pitches = [_pitch(positions[word]) for word in words]
    if not all(pitches):
        usual = _usual_pitch(positions, words)
        pitches = [own or usual for own in pitches]
    result = []
    for i, (word, pitch) in enumerate(zip(words, pitches, strict=True)):
        first, last = positions[word.start], positions[word.stop - 1]
        start = max(first - pitch / 2, (positions[words[i - 1].stop - 1] + first) / 2) if i else 0.0
        end = min(last + pitch / 2, (last + positions[words[i + 1].start]) / 2) if i < len(words) - 1 else 1.0
        result.append((start, max(end, start)))
    return result


def _pitch(positions: Sequence[float]) -> float:
    """The mean distance between the centres of a word's characters; 0 if there is only one."""
    return (positions[-1] - positions[0]) / (len(positions) - 1) if len(positions) > 1 else 0.0


def _usual_pitch(positions: Sequence[float], words: Sequence[slice]) -> float:
    """The usual distance between the centres of two characters of a word; 0 if there are no two."""
    steps = [after - before for word in words for before, after in pairwise(positions[word])]
    return statistics.median(steps) if steps else 0.0
