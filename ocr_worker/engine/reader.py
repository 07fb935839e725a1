"""The engine: from the pixels of a page to its lines."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import Final

import numpy as np

from ocr_worker.engine.angle import UNSURE_DEGREES, line_angle, page_angle, wrapped
from ocr_worker.engine.band import ink_band, within
from ocr_worker.engine.cascade import Cascade, Look
from ocr_worker.engine.finder import FarFinder, LineFinder
from ocr_worker.engine.geometry import Corners, Quads, height, straightened, turned, width
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.order import reading_order
from ocr_worker.engine.page_lines import PageLines, ReadLine
from ocr_worker.engine.port import EngineInfo, Pixels, Reading
from ocr_worker.engine.rounds import in_rounds
from ocr_worker.engine.strays import without_strays
from ocr_worker.engine.style import SURELY_PRINT, handwriting
from ocr_worker.engine.turns import SAMPLES, page_turn, read_upright
from ocr_worker.engine.words import build_lines
from ocr_worker.script import is_latin
from read_operations.records import Line, ReadingOrder

#: Lines whose score is lower are specks and patterns taken for text. So much and, as the mean of few characters says
#: little, more the shorter they are: 0.85 for a single character.
_MIN_SCORE: Final = 0.5
_MIN_SCORE_OF_ONE: Final = 0.85
#: So many times as many as were read by then are read next.
_MORE: Final = 4
#: A quad that is not so much wider than high does not show how its text is turned.
_SHORT: Final = 5


class PageReader:
    """Finds lines, reads them, builds words, puts them in order. Implements `Engine`."""

    def __init__(self, *, info: EngineInfo, finder: LineFinder, cascade: Cascade) -> None:
        self._info = info
        # Tried in turn until something can be read, and so many characters at least: from afar a ring is an O.
        self._finders = (finder, 1), (FarFinder(finder), 2)
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
        reads: list[ReadLine] = []
        detection_s = 0.0
        for finder, fewest in self._finders:
            started = time.perf_counter()
            found = finder.find(image)
            detection_s += time.perf_counter() - started
            reads = _read(PageLines(image, self._cascade), found)
            reads = [read for read in reads if believable(read.text) and len(read.text) >= fewest]
            if reads:
                break
        level = [read.corners for read in reads if not read.crosswise] or [read.corners for read in reads]
        angle = page_angle(np.array(level).reshape(-1, 4, 2))
        quads = np.array([settled(read.corners, angle) for read in reads]).reshape(-1, 4, 2)
        looks = [read.look for read in reads]
        inked = within(quads, [ink_band(look.line) for look in looks])
        texts = without_strays([look.text for look in looks])
        built = build_lines(inked, texts, [look.blank for look in looks])
        shown = [i for i, line in enumerate(built) if line is not None]
        lines = [_with_style(line, look) for line, look in zip(built, looks, strict=True) if line is not None]
        ranking = reading_order(quads[shown], angle, order)
        return Reading(angle=angle, lines=tuple(lines[i] for i in ranking), detection_s=detection_s)


def _read(page: PageLines, found: Quads) -> list[ReadLine]:
    """What is read within some quads, in their order.

    A look at the longest first, as they show best how wide characters are, and then at ever more at a time. What lines
    want beyond that is read together at the end.
    """
    if not len(found):
        return []
    turn, seen = page_turn(page, found)
    quads = turned(found, turn)
    longest = sorted(set(range(len(quads))) - set(seen), key=lambda i: -width(quads[i]))
    while longest:
        count = max(_MORE * len(seen), SAMPLES)
        now, longest = longest[:count], longest[count:]
        seen |= zip(now, in_rounds([page.look(quads[i]) for i in now]), strict=True)
    return in_rounds([read_upright(page, seen[i]) for i in range(len(quads))])


def _with_style(line: Line, look: Look) -> Line:
    """The line, and how probable it is that a hand wrote it."""
    if not is_latin(line.text):
        return line
    return replace(line, handwriting=SURELY_PRINT if look.in_print else handwriting(look.line))


def settled(corners: Corners, angle: float) -> Corners:
    """The quad of a line on a page of that angle: of a short one the page knows better than it how it is turned."""
    off = abs(wrapped(line_angle(corners) - angle))
    unsure = width(corners) < _SHORT * height(corners) and off < UNSURE_DEGREES
    return straightened(corners, angle) if unsure else corners


def believable(text: LineText) -> bool:
    """Whether a line was read with a score that text has."""
    count = len(text)
    return count > 0 and text.score >= _MIN_SCORE + (_MIN_SCORE_OF_ONE - _MIN_SCORE) / count
