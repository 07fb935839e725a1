"""Putting an engine together: models, runtime, precision, and a first page so that the first real one is not slower."""

from __future__ import annotations

import logging
import time
from typing import Final

import cv2
import numpy as np

from ocr_worker import cpu, models
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.paddlex_models import open_predictor
from ocr_worker.engine.port import EngineInfo
from ocr_worker.engine.reader import PageReader
from ocr_worker.engine.recogniser import Recogniser
from read_operations.records import ReadingOrder
from read_operations.settings import EngineName, Settings

#: Models that lose nothing by bf16. Tiny's recogniser does.
_BF16_MODELS: Final = frozenset({"PP-OCRv6_tiny_det", "PP-OCRv6_small_det", "PP-OCRv6_small_rec"})

_log = logging.getLogger(__name__)


def load(settings: Settings) -> PageReader:
    """See `ocr_worker.engine.load_engine`."""
    started = time.monotonic()
    flags = cpu.read_flags(settings.cpu_flags)
    cpu.require_avx2(flags)
    cpu.limit_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    names = models.names_for(settings.engine, settings.mode)
    precisions = {name: _precision(settings.engine, name, flags) for name in names}
    folders = {name: models.verify(settings.models_dir, name) for name in names}
    with isolated():
        detector, recogniser = (
            open_predictor(folders[name], runtime=settings.engine, threads=settings.threads, precision=precisions[name])
            for name in names
        )
    engine = PageReader(
        info=EngineInfo(runtime=settings.engine.value, models=precisions),
        detector=Detector(detector),
        line_reader=Recogniser(recogniser),
    )
    loaded = time.monotonic()
    engine.read(_first_page(), ReadingOrder.BASIC)
    _log.info(
        "engine %s on %s: loaded in %.1f s, first page in %.1f s",
        engine.info,
        cpu.best_isa(flags),
        loaded - started,
        time.monotonic() - loaded,
    )
    return engine


def _precision(runtime: EngineName, model: str, flags: frozenset[str]) -> str:
    """Half the bits, twice the speed: where the CPU has it in hardware and the model's text does not suffer."""
    wanted = runtime is EngineName.OPENVINO and model in _BF16_MODELS and cpu.has_bf16(flags)
    return "bf16" if wanted else "f32"


def _first_page() -> np.ndarray:
    """A page of the most common shape, with lines of several lengths: memory and code are made ready by them."""
    page = np.full((1280, 1024, 3), 255, np.uint8)
    for row in range(12):
        text = "The quick brown fox jumps over the lazy dog"[: 43 - 3 * row]
        cv2.putText(page, text, (60, 120 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return page
