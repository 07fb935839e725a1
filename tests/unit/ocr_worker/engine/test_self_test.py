from __future__ import annotations

import pytest

from ocr_worker.engine.port import Engine, EngineInfo, Pixels, Reading
from ocr_worker.engine.self_test import LINES, EngineBroken, draw_page, self_test
from read_operations.records import ReadingOrder


class Muddled:
    """An engine that reads another page than the one it is given, as one does whose numbers come out wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def read(self, image: Pixels, order: ReadingOrder) -> Reading:
        return self._engine.read(image[:, ::-1].copy(), order)


def test_the_page_is_read_word_for_word_and_timed(engine: Engine) -> None:
    assert 0 < self_test(engine) < 60
    assert [line.text for line in engine.read(draw_page(), ReadingOrder.BASIC).lines] == list(LINES)


def test_an_engine_that_reads_something_else_is_refused(engine: Engine) -> None:
    with pytest.raises(EngineBroken, match=r"does not read its test page.*tiny_rec.*openvino.*READFLEET_ENGINE"):
        self_test(Muddled(engine))
