"""From the characters of a line to its words, each with its own quad."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.gaps import snapped
from ocr_worker.engine.geometry import Corners, parts, to_records
from ocr_worker.engine.recogniser import Glyph, LineText, word_slices
from ocr_worker.engine.spaces import with_missing_spaces
from read_operations.records import Line, Word


def build_line(corners: Corners, read: LineText, blank: npt.NDArray[np.bool_] | None = None) -> Line | None:
    """The line with its words; None if nothing but blanks was read.

    Words are what stands between spaces, so in scripts that write none (Chinese, Japanese) a run is one word. Their
    quads are cut from the line's, along its own top and bottom edges, by where the network saw the characters, which
    is right to about half a character, and then by the gaps there, where there are clear ones.

    Args:
        corners: the line's quad.
        read: what was read of it.
        blank: which of its columns are blank, if that is known: see `gaps.blank_columns`.
    """
    glyphs = read.glyphs if blank is None else with_missing_spaces(read.glyphs, blank)
    groups = [glyphs[word] for word in word_slices(glyphs)]
    if not groups:
        return None
    edges = spans(groups)
    if blank is not None:
        middles = [(group[0].position, group[-1].position) for group in groups]
        edges = snapped(edges, middles, blank)
    whole, *boxes = to_records(parts(corners, [(0.0, 1.0), *edges]))
    words = tuple(
        Word(
            text="".join(glyph.text for glyph in group),
            box=box,
            confidence=round(LineText(group).score, 4),
        )
        for group, box in zip(groups, boxes, strict=True)
    )
    return Line(text=" ".join(word.text for word in words), box=whole, words=words)


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
