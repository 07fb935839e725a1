"""What makes a word doubtful, in lines whose gaps are known."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.doubt import PageScore, doubts
from ocr_worker.engine.recogniser import LineText, word_slices
from tests.unit.ocr_worker.engine.lettering import laid_out

#: Columns of a character's cell, and of the gap between two.
CELL, GAP = 20, 4


def in_doubt(line: LineText, *, print_score: float = 1.0, gaps: dict[int, int] | None = None) -> list[str]:
    """The words of a line that are in doubt; `gaps` has other widths of those before characters, by place."""
    blank = np.zeros(CELL * round(0.5 / line.glyphs[0].position), np.bool_)
    for i in range(len(blank) // CELL):
        gap = (gaps or {}).get(i, GAP)
        blank[max(i * CELL - gap // 2, 0) : i * CELL + gap - gap // 2] = True
    words = [line.glyphs[word] for word in word_slices(line.glyphs)]
    chosen = doubts(words, print_score, blank)
    return ["".join(glyph.text for glyph in word) for word, own in zip(words, chosen, strict=True) if own]


@pytest.mark.parametrize(
    ("word_score", "print_score", "doubtful"),
    [
        (0.89, 0.99, True),
        (0.91, 0.99, False),
        (0.91, 0.975, True),  # in weak print more is asked
        (0.97, 0.975, False),
        (0.97, 0.965, True),
        (0.985, 0.965, False),
        (0.97, 0.0, True),
    ],
)
def test_a_weak_word_is_in_doubt(word_score: float, print_score: float, doubtful: bool) -> None:
    line = laid_out("one two four", {"two": word_score})

    assert in_doubt(line, print_score=print_score) == (["two"] if doubtful else [])


@pytest.mark.parametrize(
    ("word", "doubtful"),
    [("8000", True), ("600", True), ("42", False), ("80.00", False), ("A8000", False), ("l", True), ("al", False)],
)
def test_a_word_that_networks_get_wrong_without_doubt_is_in_doubt(word: str, doubtful: bool) -> None:
    assert in_doubt(laid_out(f"so {word} it is")) == ([word] if doubtful else [])


@pytest.mark.parametrize(
    ("text", "gap", "doubtful"),
    [
        ("paxno of us", 9, False),  # not half the pitch
        ("paxno of us", 12, True),
        ("13Abc of us", 7, False),
        ("13Abc of us", 9, True),  # a number meets a word
    ],
)
def test_a_word_with_a_gap_may_hide_a_space(text: str, gap: int, doubtful: bool) -> None:
    assert in_doubt(laid_out(text), gaps={2: gap}) == ([text.split()[0]] if doubtful else [])


def test_a_gap_is_wide_by_the_lines_own_pitch() -> None:
    # Given print set wide: each gap is more than a fifth of an em
    assert in_doubt(laid_out("wide print"), gaps=dict.fromkeys(range(10), 9)) == []


def test_a_line_without_words_has_no_doubts() -> None:
    assert doubts([], 0.0, np.zeros(10, np.bool_)) == []


@pytest.mark.parametrize(
    ("text", "score", "of_print"),
    [
        ("Total due", 0.9, 0.99),  # short: the page knows better
        ("Total due", 1.0, 1.0),
        ("Total due now", 0.9, 0.9),
    ],
)
def test_the_print_of_a_short_line_is_as_good_as_the_pages(text: str, score: float, of_print: float) -> None:
    page = PageScore()
    page.add(laid_out("a" * 30, score=1.0))
    page.add(laid_out("a" * 10, score=0.96))

    assert page.of_print(laid_out(text, score=score)) == pytest.approx(of_print)


def test_a_page_of_which_nothing_was_read_says_nothing() -> None:
    page = PageScore()
    page.add(laid_out(""))

    assert page.of_print(laid_out("Total", score=0.7)) == pytest.approx(0.7)
    assert page.of_print(laid_out("")) == 0
