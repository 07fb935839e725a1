from __future__ import annotations

import pytest

from ocr_worker.engine.line_text import Glyph, LineText


def test_a_lines_score_is_the_mean_of_its_characters() -> None:
    assert LineText.of((Glyph("a", 0.2, 0.5), Glyph("b", 0.4, 1.0))).score == 0.75
    assert LineText.of(()).score == 0


@pytest.mark.parametrize(
    ("text", "words"), [("", []), ("  ", []), ("a", ["a"]), (" ab  c ", ["ab", "c"]), ("ab\u3000c", ["ab", "c"])]
)
def test_words_stand_between_blanks(text: str, words: list[str]) -> None:
    line = LineText.of(Glyph(character, 0.5, 1.0) for character in text)

    assert [text[word] for word in line.words] == words


def test_a_character_of_two_code_points_is_one() -> None:
    line = LineText.of(Glyph(character, 0.5, 1.0) for character in ("🇩🇪", " ", "a", "b"))

    assert line.words == [slice(0, 1), slice(2, 4)]
    assert len(line) == 4


def test_a_line_is_what_its_glyphs_are() -> None:
    glyphs = [Glyph("a", 0.2, 0.5), Glyph("b", 0.4, 1.0, 0.1)]

    assert LineText.of(glyphs).glyphs == glyphs
