"""The engine: from the pixels of a page to its lines."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ocr_worker.engine import crops
from ocr_worker.engine.angle import UNSURE_DEGREES, line_angle, page_angle, sideways, wrapped
from ocr_worker.engine.band import ink_band, within
from ocr_worker.engine.cascade import Cascade, Cut, Look
from ocr_worker.engine.finder import LineFinder
from ocr_worker.engine.geometry import Corners, Quads, height, straightened, turned, width
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.order import reading_order
from ocr_worker.engine.page_print import PagePrint
from ocr_worker.engine.port import EngineInfo, Pixels, Reading
from ocr_worker.engine.rounds import Work, in_rounds
from ocr_worker.engine.style import SURELY_PRINT, handwriting
from ocr_worker.engine.words import build_lines
from ocr_worker.script import is_latin
from read_operations.records import Line, ReadingOrder

#: Lines whose score is lower are specks and patterns taken for text. So much and, as the mean of few characters says
#: little, more the shorter they are: 0.8 for a single character.
_MIN_SCORE: Final = 0.5
_MIN_SCORE_OF_ONE: Final = 0.8
#: A line with this score is surely read the right way up.
_SURE_SCORE: Final = 0.93
#: By so much must a turn read better to be believed.
_TURN_MARGIN: Final = 0.05
#: So many lines are read to find out which way up a page is.
_SAMPLES: Final = 3
#: So many times as many as were read by then are read next.
_MORE: Final = 4
#: A quad that is so much higher than wide may hold a line that runs up or down.
_TALL: Final = 1.5
#: A quad that is not so much wider than high does not show how its text is turned.
_SHORT: Final = 5


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that is being read, and what its print is like."""

    image: Pixels
    print: PagePrint


@dataclass(frozen=True, slots=True)
class _ReadLine:
    """What was read within some corners."""

    corners: Corners
    look: Look
    #: Whether all was done for it: else it was only looked at.
    finished: bool

    @property
    def text(self) -> LineText:
        """Its characters."""
        return self.look.text


class PageReader:
    """Finds lines, reads them, builds words, puts them in order. Implements `Engine`."""

    def __init__(self, *, info: EngineInfo, finder: LineFinder, cascade: Cascade) -> None:
        self._info = info
        self._finder = finder
        self._cascade = cascade
        self._owner = (os.getpid(), threading.get_ident())

    @property
    def info(self) -> EngineInfo:
        """What it runs on."""
        return self._info

    def read(self, image: Pixels, order: ReadingOrder) -> Reading:
        """See `Engine.read`.

        Raises:
            RuntimeError: it is called from another process or thread than it was made in: there the networks' libraries
                crash at best, and at worst mix two documents up.
        """
        if self._owner != (os.getpid(), threading.get_ident()):
            raise RuntimeError("An engine reads only in the process and thread that loaded it.")
        started = time.perf_counter()
        found = self._finder.find(image)
        detection_s = time.perf_counter() - started
        if not len(found):
            return Reading(angle=0.0, lines=(), detection_s=detection_s)
        page = _Page(image, PagePrint())
        turn, known = self._page_turn(page, found)
        reads = self._read_all(page, list(turned(found, turn)), known)
        reads = [read for read in reads if believable(read.text)]
        angle = page_angle(np.array([read.corners for read in reads]).reshape(-1, 4, 2))
        quads = np.array([settled(read.corners, angle) for read in reads]).reshape(-1, 4, 2)
        looks = [read.look for read in reads]
        inked = within(quads, [ink_band(look.line) for look in looks])
        built = build_lines(inked, [look.text for look in looks], [look.blank for look in looks])
        shown = [i for i, line in enumerate(built) if line is not None]
        lines = [_with_style(line, look) for line, look in zip(built, looks, strict=True) if line is not None]
        ranking = reading_order(quads[shown], angle, order)
        return Reading(angle=angle, lines=tuple(lines[i] for i in ranking), detection_s=detection_s)

    def _read_all(self, page: _Page, quads: Sequence[Corners], known: dict[int, _ReadLine]) -> list[_ReadLine]:
        """All lines, in their order.

        A look at the longest first, as they show best how wide characters are, and then at ever more at a time. What
        lines want beyond that is read together at the end.
        """
        seen = dict(known)
        longest = sorted(set(range(len(quads))) - set(seen), key=lambda i: -width(quads[i]))
        while longest:
            count = max(_MORE * len(seen), _SAMPLES)
            now, longest = longest[:count], longest[count:]
            seen |= zip(now, in_rounds([self._look(page, quads[i]) for i in now]), strict=True)
        return in_rounds([self._read_upright(page, seen[i]) for i in range(len(quads))])

    def _read_upright(self, page: _Page, seen: _ReadLine) -> Work[_ReadLine]:
        """The line as it is, or turned when it runs up or down a page that does not."""
        corners = seen.corners
        best = yield from self._finish(page, seen)
        if height(corners) < _TALL * width(corners) or best.text.score >= _SURE_SCORE:
            return best
        for quarters in (1, 3):
            look = yield from self._look(page, turned(corners, quarters))
            other = yield from self._finish(page, look)
            if other.text.score >= max(_SURE_SCORE, best.text.score + _TURN_MARGIN):
                best = other
        return best

    def _look(self, page: _Page, corners: Corners) -> Work[_ReadLine]:
        look = yield from self._cascade.look(_cut(page, corners), page.print)
        return _ReadLine(corners, look, finished=False)

    def _finish(self, page: _Page, seen: _ReadLine) -> Work[_ReadLine]:
        if seen.finished:
            return seen
        look = yield from self._cascade.finish(seen.look, _cut(page, seen.corners), page.print)
        return _ReadLine(seen.corners, look, finished=True)

    def _page_turn(self, page: _Page, quads: Quads) -> tuple[int, dict[int, _ReadLine]]:
        """By how many quarters the page's text is turned clockwise, and what was read to find out, by line."""
        turns = (1, 3) if sideways(quads) else (0, 2)
        # The longest lines tell best, but the very longest cost most.
        lengths = [max(width(corners), height(corners)) for corners in quads]
        samples = np.argsort(lengths)[::-1][:_SAMPLES].tolist()
        best: tuple[int, dict[int, _ReadLine]] = turns[0], {}
        best_score = -1.0
        for turn in turns:
            # One after the other, as each shows how wide the characters of the next are.
            lines = [in_rounds([self._look(page, turned(quads[i], turn))])[0] for i in samples]
            if _mean_score(lines) < _SURE_SCORE:
                lines = in_rounds([self._finish(page, line) for line in lines])
            score = _mean_score(lines)
            # Pages are seldom upside down, and what cannot be read either way up scores by chance.
            if score > best_score + _TURN_MARGIN and (turn != 2 or score >= _SURE_SCORE):
                best, best_score = (turn, dict(zip(samples, lines, strict=True))), score
            if score >= _SURE_SCORE:
                break
        return best


def _with_style(line: Line, look: Look) -> Line:
    """The line, and how probable it is that a hand wrote it."""
    if not is_latin(line.text):
        return line
    return replace(line, handwriting=SURELY_PRINT if look.in_print else handwriting(look.line))


def _cut(page: _Page, corners: Corners) -> Cut:
    return lambda x_scale: crops.cut(page.image, corners, x_scale=x_scale)


def _mean_score(lines: Sequence[_ReadLine]) -> float:
    return sum(line.text.score for line in lines) / len(lines)


def settled(corners: Corners, angle: float) -> Corners:
    """The quad of a line on a page of that angle: of a short one the page knows better than it how it is turned."""
    off = abs(wrapped(line_angle(corners) - angle))
    unsure = width(corners) < _SHORT * height(corners) and off < UNSURE_DEGREES
    return straightened(corners, angle) if unsure else corners


def believable(text: LineText) -> bool:
    """Whether a line was read with a score that text has."""
    count = len(text)
    return count > 0 and text.score >= _MIN_SCORE + (_MIN_SCORE_OF_ONE - _MIN_SCORE) / count
