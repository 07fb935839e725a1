"""The cascade's decisions, with readers that answer by the width they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ocr_worker.engine.cascade import Cascade
from ocr_worker.engine.crops import LINE_HEIGHT, SECOND_X_SCALE, X_SCALE
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import Glyph, LineText

NARROW, WIDE = round(1000 * X_SCALE), round(1000 * SECOND_X_SCALE)


@dataclass
class StandInReader:
    """Reads lines of 1000 columns: a text with a score, narrowed and as wide as they are."""

    narrow: tuple[str, float]
    wide: tuple[str, float] = ("never", 1.0)
    #: The width of each line it was shown.
    seen: list[int] = field(default_factory=list)

    def read(self, line: Pixels) -> LineText:
        self.seen.append(line.shape[1])
        text, score = {NARROW: self.narrow, WIDE: self.wide}[line.shape[1]]
        return LineText(tuple(Glyph(character, 0.5, score) for character in text))


def cut(x_scale: float) -> Pixels:
    return np.zeros((LINE_HEIGHT, round(1000 * x_scale), 3), np.uint8)


def test_a_confident_line_is_read_once() -> None:
    quick, careful = StandInReader(("Total", 0.98)), StandInReader(("never", 1.0))

    look = Cascade(quick, careful).read(cut)

    assert look.text.text == "Total"
    assert (quick.seen, careful.seen) == ([NARROW], [])


def test_a_doubtful_line_is_read_again_by_the_careful_reader() -> None:
    quick, careful = StandInReader(("Tota1", 0.95)), StandInReader(("Total", 0.99))

    look = Cascade(quick, careful).read(cut)

    assert look.text.text == "Total"
    assert (quick.seen, careful.seen) == ([NARROW], [NARROW])


def test_a_line_that_stays_weak_is_read_at_its_own_width() -> None:
    quick, careful = StandInReader(("Tota1", 0.9)), StandInReader(("T0tal", 0.92), wide=("Total", 0.94))

    look = Cascade(quick, careful).read(cut)

    assert look.text.text == "Total"
    assert look.line.shape[1] == WIDE
    assert (quick.seen, careful.seen) == ([NARROW], [NARROW, WIDE])


def test_a_hopeless_line_is_read_carefully_at_its_own_width_only() -> None:
    quick, careful = StandInReader(("Jula", 0.6)), StandInReader(("never", 1.0), wide=("Total", 0.9))

    look = Cascade(quick, careful).read(cut)

    assert look.text.text == "Total"
    assert (quick.seen, careful.seen) == ([NARROW], [WIDE])


@pytest.mark.parametrize(
    ("quick_score", "careful_score", "kept"),
    [
        (0.9, 0.95, "careful"),
        (0.95, 0.95, "careful"),  # a tie
        (0.96, 0.93, "careful"),  # a little worse: it knows more to doubt
        (0.96, 0.5, "quick"),
    ],
)
def test_the_better_reading_is_kept(quick_score: float, careful_score: float, kept: str) -> None:
    answer = ("careful", careful_score)
    cascade = Cascade(StandInReader(("quick", quick_score)), StandInReader(answer, wide=answer))

    assert cascade.read(cut).text.text == kept


def test_nothing_read_carefully_does_not_replace_what_was_read_quickly() -> None:
    cascade = Cascade(StandInReader(("Total", 0.9)), StandInReader(("", 0), wide=("", 0)))

    assert cascade.read(cut).text.text == "Total"


@pytest.mark.parametrize(
    ("text", "again"),
    [("8000", True), ("600", True), ("42", False), ("80.00", False), ("A8000", False), ("", True)],
)
def test_what_may_be_a_price_without_its_point_is_read_again(text: str, again: bool) -> None:
    careful = StandInReader(("80.00", 0.99), wide=("80.00", 0.99))

    Cascade(StandInReader((text, 1.0)), careful).read(cut)

    assert bool(careful.seen) is again


@pytest.mark.parametrize(
    ("narrow", "wide", "seen", "kept"),
    [
        (0.94, 1.0, [NARROW], NARROW),
        (0.9, 0.92, [NARROW, WIDE], WIDE),
        (0.9, 0.8, [NARROW, WIDE], NARROW),
        (0.9, 0.9, [NARROW, WIDE], NARROW),
    ],
)
def test_a_reader_alone_looks_again_at_weak_lines(narrow: float, wide: float, seen: list[int], kept: int) -> None:
    reader = StandInReader(("Total", narrow), wide=("Total", wide))

    look = Cascade(reader).read(cut)

    assert reader.seen == seen
    assert look.line.shape[1] == kept
    assert look.text.score == pytest.approx(narrow if kept == NARROW else wide)
