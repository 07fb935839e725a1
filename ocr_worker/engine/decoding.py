"""From what a network says of each step along lines to their characters: the decoding of CTC, by the best of each step.

CTC (Graves et al., Connectionist Temporal Classification, ICML 2006, section 3.2) has a network say at each step which
character it sees, or none. Repetitions are one character, unless none is between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.steps import Steps

#: Networks answer so many steps after a character's middle, on the average.
_LATENESS: Final = 0.25


def decoded(
    steps: Steps, counts: Sequence[int], stretches: Sequence[float], characters: Sequence[str]
) -> list[LineText]:
    """The text of lines.

    Args:
        steps: of all of them, one line after the other.
        counts: how many steps each line has; there is one at least.
        stretches: how many times as wide as it is the network saw each line.
        characters: what each number stands for; 0 stands for none.
    """
    # All lines at once: NumPy takes as long for those of one.
    count = np.array(counts)
    ends = count.cumsum()
    starts = ends - count
    changes = np.empty(len(steps.best), np.bool_)
    np.not_equal(steps.best[1:], steps.best[:-1], out=changes[1:])
    changes[starts] = True
    first = np.flatnonzero(changes)
    shown = steps.best[first] > 0
    end = np.append(first[1:], len(steps.best))[shown]
    first = first[shown]
    line = ends.searchsorted(first, side="right")
    middle = (first + end) / 2 - starts[line] - _LATENESS
    positions = (middle / count[line] * np.array(stretches)[line]).clip(0.0, 1.0)
    # The most probable space since the character before, or since the line began.
    since = np.maximum(np.append(0, end)[: len(first)], starts[line])
    spaces = np.zeros(len(first), np.float32)
    if len(first):
        most = np.maximum.reduceat(steps.space, np.stack((since, first), axis=1).ravel())[::2]
        np.copyto(spaces, most, where=since < first)
    found = [characters[number] for number in steps.best[first].tolist()]
    at, probabilities, before = positions.tolist(), steps.probability[first].tolist(), spaces.tolist()
    edges = [0, *first.searchsorted(ends).tolist()]
    return [
        LineText(found[start:stop], at[start:stop], probabilities[start:stop], before[start:stop])
        for start, stop in pairwise(edges)
    ]
