from __future__ import annotations

import pytest

from read_operations.outputs.geometry import quarters, spaced_words
from read_operations.records import Line, Quad, Word

LEVEL: Quad = (1, 1, 3, 1, 3, 2, 1, 2)


def line(text: str, *words: str) -> Line:
    return Line(text=text, box=LEVEL, words=tuple(Word(text=word, box=LEVEL, confidence=1) for word in words))


@pytest.mark.parametrize(
    ("quad", "turns"),
    [
        (LEVEL, 0),
        ((2, 1, 2, 3, 1, 3, 1, 1), 1),
        ((3, 2, 1, 2, 1, 1, 3, 1), 2),
        ((1, 3, 1, 1, 2, 1, 2, 3), 3),
        ((1, 1, 3, 1.9, 2.6, 2.8, 0.6, 1.9), 0),
    ],
)
def test_how_text_is_turned(quad: Quad, turns: int) -> None:
    assert quarters(quad) == turns


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (line("two words", "two", "words"), [("", "two"), (" ", "words")]),
        (line("日本 語", "日本", "語"), [("", "日本"), (" ", "語")]),
        (line("日本語", "日本", "語"), [("", "日本"), ("", "語")]),
        (line("aa aa", "aa", "aa"), [("", "aa"), (" ", "aa")]),
        (line("something else", "of", "another"), [("", "of"), (" ", "another")]),
        (line("none"), []),
    ],
)
def test_what_parts_words(read: Line, expected: list[tuple[str, str]]) -> None:
    assert [(between, word.text) for between, word in spaced_words(read)] == expected
