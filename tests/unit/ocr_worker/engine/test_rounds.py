from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.rounds import Wanted, Work, in_rounds


class Counting:
    """Reads the width of each line, and notes how many lines it was given at a time."""

    print_score = 0.95

    def __init__(self) -> None:
        self.counts: list[int] = []

    def read(self, lines: Sequence[Pixels]) -> list[LineText]:
        self.counts.append(len(lines))
        return [LineText.of((Glyph(str(line.shape[1]), 0.5, 1.0),)) for line in lines]


def line(width: int) -> Pixels:
    return np.zeros((48, width), np.uint8)


def work(*steps: tuple[Counting, Sequence[int]]) -> Work[list[str]]:
    seen: list[str] = []
    for reader, widths in steps:
        texts = yield Wanted(reader, [line(width) for width in widths])
        seen += [text.text for text in texts]
    return seen


def test_each_gets_what_it_asked_for_and_a_round_is_read_at_once() -> None:
    quick, careful = Counting(), Counting()
    # Given work that wants one line, several at once, another reader, nothing at all
    works = [work((quick, [1])), work((quick, [2, 3]), (careful, [4])), work(), work((careful, [5]), (quick, [6, 7]))]

    results = in_rounds(works)

    assert results == [["1"], ["2", "3", "4"], [], ["5", "6", "7"]]
    assert (quick.counts, careful.counts) == ([3, 2], [1, 1])


def test_nothing_to_do_is_done() -> None:
    assert in_rounds([]) == []


def test_what_fails_in_a_reader_is_not_hidden() -> None:
    class Broken(Counting):
        def read(self, lines: Sequence[Pixels]) -> list[LineText]:
            raise MemoryError

    with pytest.raises(MemoryError):
        in_rounds([work((Broken(), [1]))])
