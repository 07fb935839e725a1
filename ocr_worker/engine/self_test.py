"""A page whose text is known, by which an engine is made warm and shows that it reads."""

from __future__ import annotations

import difflib
import time
from typing import Final

import cv2
import numpy as np

from ocr_worker.engine.port import Engine, Pixels
from read_operations.errors import ReadfleetError
from read_operations.records import ReadingOrder

_TEXT: Final = "The quick brown fox jumps over the lazy dog"
#: Each line is shorter by so many characters than the one before, so that lines of many widths occur.
_STEP: Final = 3
LINES: Final = tuple(_TEXT[: len(_TEXT) - _STEP * row].strip() for row in range(12))
#: So much of the text must be right: what computes wrongly gives nothing, or nonsense.
_RIGHT: Final = 0.9


class EngineBroken(ReadfleetError):
    """The engine does not read what is on its test page."""


def draw_page() -> Pixels:
    """A page of the most common shape."""
    page = np.full((1280, 1024, 3), 255, np.uint8)
    for row, line in enumerate(LINES):
        cv2.putText(page, line, (60, 120 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return page


def self_test(engine: Engine) -> float:
    """Has the engine read the page; how many seconds that took.

    Raises:
        EngineBroken: it read something else.
    """
    page = draw_page()
    started = time.perf_counter()
    reading = engine.read(page, ReadingOrder.BASIC)
    seconds = time.perf_counter() - started
    wanted, got = "\n".join(LINES), "\n".join(line.text for line in reading.lines)
    right = difflib.SequenceMatcher(None, wanted, got, autojunk=False).ratio()
    if right < _RIGHT:
        raise EngineBroken(
            f"The engine does not read its test page: of {wanted[: len(_TEXT)]!r} it made {got[: 2 * len(_TEXT)]!r}. "
            f"It runs {engine.info.models} on {engine.info.runtime}: try another machine, READFLEET_ENGINE=onnxruntime "
            "or, with OpenVINO, OV_CPU_MAX_ISA=AVX2."
        )
    return seconds
