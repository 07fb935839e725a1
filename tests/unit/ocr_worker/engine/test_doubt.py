from __future__ import annotations

import pytest

from ocr_worker.engine.doubt import doubts
from ocr_worker.engine.line_text import LineText
from tests.unit.ocr_worker.engine.lettering import laid_out


def in_doubt(line: LineText, *, print_score: float = 1.0) -> list[str]:
    """The words of a line that are in doubt."""
    chosen = doubts(line, line.words, print_score)
    return [line.text[word] for word, own in zip(line.words, chosen, strict=True) if own]


@pytest.mark.parametrize(
    ("word_score", "print_score", "doubtful"),
    [
        (0.91, 0.99, True),
        (0.93, 0.99, False),
        (0.93, 0.975, True),  # in weak print more is asked
        (0.975, 0.975, False),
        (0.975, 0.965, True),
        (0.985, 0.965, False),
        (0.97, 0.0, True),
    ],
)
def test_a_weak_word_is_in_doubt(word_score: float, print_score: float, doubtful: bool) -> None:
    line = laid_out("one two four", {"two": word_score})

    assert in_doubt(line, print_score=print_score) == (["two"] if doubtful else [])


@pytest.mark.parametrize(
    ("word", "doubtful"),
    [
        ("A8000", False),
        ("l", True),
        ("al", False),
        ("wal1", True),
        ("0ther,", True),
        ("14A", False),
        ("MP3", False),
        ("a1b2c3", False),
    ],
)
def test_a_word_that_networks_get_wrong_without_doubt_is_in_doubt(word: str, doubtful: bool) -> None:
    assert in_doubt(laid_out(f"so {word} it is")) == ([word] if doubtful else [])


@pytest.mark.parametrize(
    ("word", "score", "moved", "doubtful"),
    [
        ("8000", 1.0, 0.0, False),
        ("8000", 0.99, 0.0, True),
        ("8000", 1.0, 0.7, True),  # wider by that part of a step where the point of 80.00 may be
        ("8000", 1.0, 0.4, False),
        ("42", 0.99, 0.0, False),
        ("80.00", 0.99, 0.7, False),
    ],
)
def test_a_number_that_may_lack_its_point_is_in_doubt(word: str, score: float, moved: float, doubtful: bool) -> None:
    line = laid_out(f"so {word} it is", {word: score})
    step = line.glyphs[1].position - line.glyphs[0].position
    glyphs = [g._replace(position=g.position - moved * step) if i in (3, 4) else g for i, g in enumerate(line.glyphs)]

    assert in_doubt(LineText.of(glyphs)) == ([word] if doubtful else [])


@pytest.mark.parametrize(
    ("word", "score", "moved", "doubtful"),
    [
        ("gallink", 0.97, 0.6, True),  # wider by that part of a step before its second l
        ("gallink", 0.97, 0.4, False),
        ("gallink", 0.99, 0.6, False),
        ("gaomink", 0.97, 0.6, False),  # a wide letter takes as much
    ],
)
def test_narrow_letters_far_apart_are_in_doubt(word: str, score: float, moved: float, doubtful: bool) -> None:
    line = laid_out(f"so {word} it is", {word: score})
    step = line.glyphs[1].position - line.glyphs[0].position
    glyphs = [g._replace(position=g.position - moved * step) if i < 6 else g for i, g in enumerate(line.glyphs)]

    assert in_doubt(LineText.of(glyphs)) == ([word] if doubtful else [])


@pytest.mark.parametrize("word", ["ámount", "di一ital", "東京"])
def test_a_word_with_letters_that_are_not_plain_is_in_doubt(word: str) -> None:
    assert in_doubt(laid_out(f"so {word} it is")) == [word]


@pytest.mark.parametrize(("probability", "doubtful"), [(0.01, False), (0.03, True)])
def test_a_word_in_which_a_space_was_nearly_read_is_in_doubt(probability: float, doubtful: bool) -> None:
    line = laid_out("sum of allparts")
    glyphs = [g._replace(space_before=probability) if i == 10 else g for i, g in enumerate(line.glyphs)]

    assert in_doubt(LineText.of(glyphs)) == (["allparts"] if doubtful else [])


def test_what_was_nearly_read_before_a_word_is_no_doubt() -> None:
    line = laid_out("sum of all")
    glyphs = [g._replace(space_before=0.3) if i == 7 else g for i, g in enumerate(line.glyphs)]

    assert in_doubt(LineText.of(glyphs)) == []


def test_a_line_without_words_has_no_doubts() -> None:
    assert doubts(laid_out(" "), [], 0.0) == []
