from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.geometry import Corners
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.words import build_lines
from read_operations.records import Line

LINE: Corners = np.array(((0.0, 0.0), (100.0, 0.0), (100.0, 10.0), (0.0, 10.0)))


def read(text: str, probability: float = 0.9) -> LineText:
    """What is read of a line whose characters all have the same width."""
    return LineText.of(Glyph(c, (i + 0.5) / len(text), probability) for i, c in enumerate(text))


def build_line(corners: Corners, read: LineText) -> Line | None:
    """One line alone."""
    (line,) = build_lines(corners[None], [read], [None])
    return line


def test_words_are_what_stands_between_spaces() -> None:
    line = build_line(LINE, read("to be  or"))

    assert line is not None
    assert [word.text for word in line.words] == ["to", "be", "or"]
    assert line.text == "to be or"


def test_a_word_covers_its_characters() -> None:
    line = build_line(LINE, read("abcd efghi"))

    assert line is not None
    first, second = line.words
    assert list(first.box) == [0, 0, 40, 0, 40, 10, 0, 10]
    assert list(second.box) == [50, 0, 100, 0, 100, 10, 50, 10]


def test_the_words_of_a_sloping_line_slope_with_it() -> None:
    sloping = np.array(((0.0, 0.0), (100.0, 20.0), (98.0, 30.0), (-2.0, 10.0)))

    line = build_line(sloping, read("abcd efghi"))

    assert line is not None
    assert line.words[1].box == (50, 10, 100, 20, 98, 30, 48, 20)


def test_a_words_confidence_is_the_mean_of_its_characters() -> None:
    glyphs = (Glyph("a", 0.1, 0.8), Glyph("b", 0.2, 0.6), Glyph(" ", 0.3, 0.1), Glyph("c", 0.9, 0.5))

    line = build_line(LINE, LineText.of(glyphs))

    assert line is not None
    assert [word.confidence for word in line.words] == [0.7, 0.5]


def test_a_run_without_spaces_is_one_word_in_any_script() -> None:
    line = build_line(LINE, read("東京都千代田区"))

    assert line is not None
    assert [word.text for word in line.words] == ["東京都千代田区"]


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_blanks_are_no_line(text: str) -> None:
    assert build_line(LINE, read(text)) is None


def test_lines_that_are_built_together_are_as_if_they_were_alone() -> None:
    quads = np.array([LINE + shift for shift in (0.0, 7.25, 31.5)])
    reads = [read("abcd efghi"), read(" "), read("to be  or")]

    lines = build_lines(quads, reads, [None] * 3)

    assert lines == [build_line(corners, own) for corners, own in zip(quads, reads, strict=True)]
    assert lines[1] is None
    assert build_lines(np.empty((0, 4, 2)), [], []) == []


@given(st.lists(st.tuples(st.sampled_from("ab "), st.floats(0, 1)), min_size=1, max_size=40))
def test_words_keep_their_order_and_stay_in_the_line(characters: list[tuple[str, float]]) -> None:
    positions = sorted(position for _, position in characters)
    glyphs = tuple(Glyph(c, p, 1.0) for (c, _), p in zip(characters, positions, strict=True))

    line = build_line(LINE, LineText.of(glyphs))

    if line is not None:
        edges = [edge for word in line.words for edge in (word.box[0], word.box[2])]
        assert edges == sorted(edges)
        assert 0 <= edges[0] <= edges[-1] <= 100
