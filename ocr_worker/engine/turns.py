"""Which way up text stands: where the shapes of lines do not show it, it is read each way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ocr_worker.engine.angle import is_elongated, upright_share
from ocr_worker.engine.geometry import Quads, height, turned, width
from ocr_worker.engine.page_lines import PageLines, ReadLine
from ocr_worker.engine.rounds import Work, in_rounds

#: So many lines are read to find out which way up a page is.
SAMPLES: Final = 3
#: A line with this score is surely read the right way up.
_SURE_SCORE: Final = 0.93
#: By so much must a turn read better to be believed.
_TURN_MARGIN: Final = 0.05
#: Long lines of which no more than this share, by length, run one way leave little doubt about the page.
_FEW: Final = 0.15
#: So many short words are read to find out which way text runs where long lines may not tell.
_SHORT_SAMPLES: Final = 8
#: By so much must they read better one way than the other to overrule the long ones.
_AXIS_MARGIN: Final = 0.08
#: A quad that is so much higher than wide may hold a line that runs up or down.
_TALL: Final = 1.5


def page_turn(page: PageLines, quads: Quads) -> tuple[int, dict[int, ReadLine]]:
    """By how many quarters the page's text is turned clockwise, and what was read to find out, by line."""
    on_side = _is_on_side(page, quads)
    turns = (1, 3) if on_side else (0, 2)
    # The longest lines tell best, but the very longest cost most. Those that run the other way tell nothing.
    sides = [(height(corners), width(corners)) if on_side else (width(corners), height(corners)) for corners in quads]
    samples = np.argsort([along if along >= across else 0.0 for along, across in sides])[::-1][:SAMPLES].tolist()
    best: tuple[int, dict[int, ReadLine]] = turns[0], {}
    best_score = -1.0
    for turn in turns:
        # One after the other, as each shows how wide the characters of the next are.
        lines = [in_rounds([page.look(turned(quads[i], turn))])[0] for i in samples]
        if _mean_score(lines) < _SURE_SCORE:
            lines = in_rounds([page.finish(line) for line in lines])
        score = _mean_score(lines)
        # Pages are seldom upside down, and what cannot be read either way up scores by chance.
        if score > best_score + _TURN_MARGIN and (turn != 2 or score >= _SURE_SCORE):
            best, best_score = (turn, dict(zip(samples, lines, strict=True))), score
        if score >= _SURE_SCORE:
            break
    return best


def read_upright(page: PageLines, seen: ReadLine) -> Work[ReadLine]:
    """The work of reading a line as it is, or turned when it runs up or down a page that does not."""
    corners = seen.corners
    best = yield from page.finish(seen)
    if height(corners) < _TALL * width(corners) or best.text.score >= _SURE_SCORE:
        return best
    for quarters in (1, 3):
        look = yield from page.look(turned(corners, quarters))
        other = yield from page.finish(look)
        # A single character that lies on its side is another as often as not: an I is a dash.
        if len(other.text) > 1 and other.text.score >= max(_SURE_SCORE, best.text.score + _TURN_MARGIN):
            best = replace(other, crosswise=True)
    return best


def _is_on_side(page: PageLines, quads: Quads) -> bool:
    """Whether the page's text runs up or down the image.

    Long lines show it, unless they are the heads of a table's columns, which stand on end. So where there is much that
    is short, some of that is read each way.
    """
    share = upright_share(quads)
    short = [corners for corners in quads if not is_elongated(corners)]
    if share < _FEW or len(short) < _SHORT_SAMPLES or (share > 1 - _FEW and 2 * len(short) < len(quads)):
        return share > 0.5
    samples = short[:: len(short) // _SHORT_SAMPLES][:_SHORT_SAMPLES]
    scores = [_mean_score(in_rounds([page.look(turned(corners, turn)) for corners in samples])) for turn in range(4)]
    across, along = max(scores[::2]), max(scores[1::2])
    # Some digits may be read on their side, too.
    return along > across if abs(along - across) > _AXIS_MARGIN else share > 0.5


def _mean_score(lines: Sequence[ReadLine]) -> float:
    return sum(line.text.score for line in lines) / len(lines)
