from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.decoding import decoded
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.steps import Steps

CHARACTERS = ("", "a", "b", " ")
#: Of a step: which character is the most probable, and how probable a space is, in eighths.
STEPS = st.tuples(st.integers(0, 3), st.integers(0, 8))


def steps_of(lines: list[list[tuple[int, int]]]) -> Steps:
    """Each step more probable than the one before."""
    flat = list(itertools.chain.from_iterable(lines))
    return Steps(
        np.array([best for best, _ in flat], np.intp),
        np.arange(1, len(flat) + 1, dtype=np.float32),
        np.array([space / 8 for _, space in flat], np.float32),
    )


def alone(line: list[tuple[int, int]], before: int, stretch: float) -> LineText:
    """One line step by step, which follow so many of other lines."""
    glyphs: list[Glyph] = []
    waiting = 0.0
    for best, group in itertools.groupby(enumerate(line), lambda step: step[1][0]):
        own = list(group)
        start, end = own[0][0], own[-1][0] + 1
        if best:
            position = ((start + end) / 2 - 0.25) / len(line) * stretch
            glyphs.append(Glyph(CHARACTERS[best], min(max(position, 0.0), 1.0), before + start + 1.0, waiting))
            waiting = 0.0
        else:
            waiting = max(waiting, *(space / 8 for _, (_, space) in own))
    return LineText.of(glyphs)


@given(st.lists(st.tuples(st.lists(STEPS, min_size=1, max_size=12), st.sampled_from((1.0, 1.25))), min_size=1))
def test_lines_that_are_decoded_together_are_as_if_they_were_alone(
    drawn: list[tuple[list[tuple[int, int]], float]],
) -> None:
    lines, stretches = [line for line, _ in drawn], [stretch for _, stretch in drawn]
    starts = [0, *itertools.accumulate(map(len, lines))]

    found = decoded(steps_of(lines), [len(line) for line in lines], stretches, CHARACTERS)

    assert found == [alone(line, start, own) for line, start, own in zip(lines, starts, stretches, strict=False)]


def test_repetitions_are_one_character_unless_none_is_between() -> None:
    (line,) = decoded(steps_of([[(1, 0), (1, 0), (0, 2), (1, 0), (2, 0)]]), [5], [1.0], CHARACTERS)

    assert line.text == "aab"
    assert line.spaces_before == pytest.approx([0, 0.25, 0])


def test_a_line_of_nothing_has_no_characters() -> None:
    assert decoded(steps_of([[(0, 0)] * 3, [(0, 0)]]), [3, 1], [1.0, 1.0], CHARACTERS) == [LineText.of(())] * 2
