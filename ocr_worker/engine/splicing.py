"""Parts of a line: where they are cut out of it, and how what was read of them goes back into its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr_worker.engine.gaps import BlankColumns, gap_between
from ocr_worker.engine.line_text import Glyph, LineText


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a line, from the start of a word to the end of the same or a later one."""

    #: Its characters among the line's.
    characters: slice
    #: The columns of the line that show them.
    columns: slice

    @property
    def width(self) -> int:
        """How many columns it has."""
        width: int = self.columns.stop - self.columns.start
        return width


def stretches(line: LineText, words: Sequence[slice], chosen: Sequence[bool], blank: BlankColumns) -> list[Stretch]:
    """The parts of a line that hold the chosen words: neighbours together, and what stands alone between two.

    A single letter or digit brings its neighbour along, without which I, l and 1 look alike.

    Args:
        line: what was read of it.
        words: where among its characters its words are.
        chosen: which of the words are wanted.
        blank: which of the line's columns are blank: see `gaps.blank_columns`.
    """
    if not words:
        return []
    chosen = _with_company(line, words, chosen)
    # A cut costs more than a word, and a word between two that are read again helps to read them.
    between = [before and after for before, after in zip([False, *chosen], [*chosen[1:], False], strict=False)]
    taken = [own or both for own, both in zip(chosen, between, strict=True)]
    edges = [i for i, (before, now) in enumerate(zip([False, *taken], [*taken, False], strict=True)) if before != now]
    at = line.positions
    result = []
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        start, stop = words[first].start, words[end - 1].stop
        left = _middle(at[words[first - 1].stop - 1], at[start], blank) if first else 0
        right = _middle(at[stop - 1], at[words[end].start], blank) if end < len(words) else len(blank)
        if right > left:
            result.append(Stretch(slice(start, stop), slice(left, right)))
    return result


def _with_company(line: LineText, words: Sequence[slice], chosen: Sequence[bool]) -> list[bool]:
    taken = list(chosen)
    for i, word in enumerate(words):
        if chosen[i] and word.stop - word.start == 1 and line.characters[word.start].isalnum():
            taken[i + 1 if i + 1 < len(words) else max(i - 1, 0)] = True
    return taken


def spliced(line: LineText, parts: Sequence[tuple[Stretch, LineText]], columns: int) -> LineText:
    """The line with other texts for some of its parts, which are given from left to right.

    Args:
        line: what was read of the whole.
        parts: the stretches, and what was read of each.
        columns: how many the line has.
    """
    glyphs: list[Glyph] = []
    old, done = line.glyphs, 0
    for stretch, read in parts:
        glyphs += old[done : stretch.characters.start]
        for glyph in read.glyphs:
            position = (stretch.columns.start + glyph.position * stretch.width) / columns
            glyphs.append(glyph._replace(position=position))
        done = stretch.characters.stop
    return LineText.of([*glyphs, *old[done:]])


def _middle(before: float, after: float, blank: BlankColumns) -> int:
    """The column in the middle of the gap between two characters, or of the way from one to the other."""
    gap = gap_between(before, after, blank)
    if gap is None:
        return round((before + after) / 2 * len(blank))
    return sum(gap) // 2
