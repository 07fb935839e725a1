"""From the characters of a line to its words, each with its own quad."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Final

from ocr_worker.engine.gaps import BlankColumns, Span, snapped
from ocr_worker.engine.geometry import Quads, parts, to_records
from ocr_worker.engine.recogniser import Glyph, LineText, mean_probability, word_slices
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
    edges = [edge for own in words for edge in (_WHOLE, *(edge for _, edge in own))]
    boxes = iter(to_records(parts(quads.repeat(counts, axis=0), edges)))
    return [_line(next(boxes), [(group, next(boxes)) for group, _ in own]) for own in words]


def _words(read: LineText, blank: BlankColumns | None) -> list[tuple[Sequence[Glyph], Span]]:
    """The characters of each word, and where it starts and ends."""
    glyphs = read.glyphs if blank is None else with_missing_spaces(read.glyphs, blank)
    groups = [glyphs[word] for word in word_slices(glyphs)]
    edges = spans(groups)
    if blank is not None:
        middles = [(group[0].position, group[-1].position) for group in groups]
        edges = snapped(edges, middles, blank)
    return list(zip(groups, edges, strict=True))


def _line(box: Quad, words: Sequence[tuple[Sequence[Glyph], Quad]]) -> Line | None:
    if not words:
        return None
    records = tuple(
        Word(text="".join([glyph.text for glyph in group]), box=own, confidence=round(mean_probability(group), 4))
        for group, own in words
    )
    return Line(text=" ".join([word.text for word in records]), box=box, words=records)


def spans(groups: Sequence[Sequence[Glyph]]) -> list[tuple[float, float]]:
    """Where along the line each word starts and ends, from 0 to 1.

    A word reaches half a character beyond the centres of its first and last; the line's own ends are the first's start
    and the last's end.
    """
    pitch = character_pitch(groups)
    result = []
    for i, group in enumerate(groups):
        own = _word_pitch(group) or pitch
        start, end = group[0].position - own / 2, group[-1].position + own / 2
        before = (groups[i - 1][-1].position + group[0].position) / 2 if i else 0.0
        after = (group[-1].position + groups[i + 1][0].position) / 2 if i < len(groups) - 1 else 1.0
        start = max(start, before) if i else 0.0
        end = min(end, after) if i < len(groups) - 1 else 1.0
        result.append((start, max(end, start)))
    return result


def _word_pitch(group: Sequence[Glyph]) -> float:
    return (group[-1].position - group[0].position) / (len(group) - 1) if len(group) > 1 else 0.0


def character_pitch(groups: Sequence[Sequence[Glyph]]) -> float:
    """The usual distance between the centres of two characters of a word; 0 if there are no two."""
    steps = [b.position - a.position for group in groups for a, b in itertools.pairwise(group)]
    return statistics.median(steps) if steps else 0.0
