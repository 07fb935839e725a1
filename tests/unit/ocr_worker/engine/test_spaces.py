from __future__ import annotations

import pytest

from ocr_worker.engine.gaps import BlankColumns
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.spaces import with_missing_spaces, with_seen_spaces
from ocr_worker.engine.strays import without_strays
from tests.unit.ocr_worker.engine.lettering import laid_out

#: Columns of a character's cell, and of the gap between two.
CELL, GAP = 20, 4


def gaps(cells: int, wide: dict[int, int]) -> BlankColumns:
    """The blank columns of a line; `wide` has the widths of the gaps before some of its cells."""
    blank = bytearray(CELL * cells)
    for cell in range(1, cells):
        gap = wide.get(cell, GAP)
        start = cell * CELL - gap // 2
        blank[start : start + gap] = b"\1" * gap
    return bytes(blank)


@pytest.mark.parametrize(
    ("written", "gap", "read"),
    [
        ("No.:42 of 7", 12, "No.: 42 of 7"),
        ("No.:42 of 7", 4, "No.:42 of 7"),
        ("page7of 9 9", 12, "page 7of 9 9"),
        ("0163296 of 7", 12, "0163296 of 7"),  # less than the line's gaps between words
        ("0163296 of 7", 24, "0163 296 of 7"),
        ("1240.50 of 7", 12, "1240.50 of 7"),
        ("1240.50 of 7", 24, "1240.50 of 7"),
        ("scanners of 7", 24, "scanners of 7"),
    ],
)
def test_gaps_like_those_between_words_are_spaces_beside_punctuation_and_numbers(
    written: str, gap: int, read: str
) -> None:
    # Given gaps of 14 columns around the line's own spaces
    spaces = {i + 1: 14 for i, character in enumerate(written) if character == " "}

    line = with_missing_spaces(laid_out(written), gaps(len(written), {4: gap, **spaces}))

    assert line.text == read


def test_a_gap_after_a_colon_that_was_read_as_a_wide_one_is_a_space() -> None:
    read, blank = laid_out("No.：42 of 7"), gaps(11, {4: 12, 7: 14, 10: 14})

    (line,) = without_strays([read])

    assert with_missing_spaces(line, blank).text == "No.: 42 of 7"
    assert with_missing_spaces(read, blank).text == "No.：42 of 7"


@pytest.mark.parametrize(
    ("written", "gap", "probability", "read"),
    [
        ("14A", 8, 0.01, "14 A"),
        ("mg50", 8, 0.01, "mg 50"),
        ("14A", 4, 0.01, "14A"),
        ("14A", 8, 0.001, "14A"),
        ("140", 8, 0.01, "140"),
        ("abA", 8, 0.01, "abA"),
        ("of 14A", 8, 0.01, "of 14A"),  # less than the line's gaps between words
    ],
)
def test_a_hint_of_a_space_and_a_gap_between_a_digit_and_a_letter_are_one(
    written: str, gap: int, probability: float, read: str
) -> None:
    place = len(written) - (2 if written.startswith("mg") else 1)
    glyphs = [g._replace(space_before=probability if i == place else 0) for i, g in enumerate(laid_out(written).glyphs)]
    blank = gaps(len(written), {place: gap} | ({2: 14, 3: 14} if " " in written else {}))

    assert with_missing_spaces(LineText.of(glyphs), blank).text == read


@pytest.mark.parametrize(("probability", "read"), [(0.2, "anyday"), (0.3, "any day")])
def test_a_space_that_was_nearly_read_is_one(probability: float, read: str) -> None:
    glyphs = [g._replace(space_before=probability if i == 3 else 0.0) for i, g in enumerate(laid_out("anyday").glyphs)]

    assert with_missing_spaces(LineText.of(glyphs), gaps(6, {})).text == read


@pytest.mark.parametrize(
    ("gap", "read"),
    [
        (14, "Tel 01632 960144"),
        (4, "Tel 01632960144"),  # the picture does not confirm it
    ],
)
def test_a_space_of_another_reading_is_kept(gap: int, read: str) -> None:
    quick = laid_out("Tel 01632 960144")
    careful = LineText.of(glyph for i, glyph in enumerate(quick.glyphs) if i != 9)
    blank = gaps(16, {4: 14, 10: gap})

    assert with_seen_spaces(careful, quick, blank).text == read
    assert with_seen_spaces(quick, quick, blank) == quick


def test_a_line_read_without_spaces_gives_none() -> None:
    line = laid_out("01632960144")

    assert with_seen_spaces(line, line, gaps(11, {})) == line
    assert with_seen_spaces(LineText.of(()), line, gaps(11, {})) == LineText.of(())
