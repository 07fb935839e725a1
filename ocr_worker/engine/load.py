"""Putting an engine together: models, runtime, precision, and a first page so that the first real one is not slower."""

from __future__ import annotations

import logging
import os
import time
from typing import Final

import cv2
import numpy as np

from ocr_worker import cpu, models
from ocr_worker.engine.cascade import Cascade
from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.finder import TwoFinders
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.paddlex_models import open_predictor
from ocr_worker.engine.port import EngineInfo
from ocr_worker.engine.reader import PageReader
from ocr_worker.engine.recogniser import Recogniser
from read_operations.records import ReadingOrder
from read_operations.settings import EngineName, Mode, Settings

#: Models that lose nothing by bf16.
_BF16_MODELS: Final = frozenset({"PP-OCRv6_tiny_det", "PP-OCRv6_small_det", "PP-OCRv6_small_rec"})
#: Tiny's recogniser does lose, but next to nothing where small reads again what it is unsure of.
_BF16_MODELS_IN_CASCADE: Final = _BF16_MODELS | {"PP-OCRv6_tiny_rec"}
#: Columns of the blank lines by which the careful recogniser is warmed up: what short, middling and long lines take.
_WARM_UP_COLUMNS: Final = (128, 480, 1024)

_log = logging.getLogger(__name__)


def load(settings: Settings) -> PageReader:
    """See `ocr_worker.engine.load_engine`."""
    started = time.monotonic()
    flags = cpu.read_flags(settings.cpu_flags)
    cpu.require_avx2(flags)
    cpu.limit_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    names = models.names_for(settings.engine, settings.mode)
    precisions = {name: _precision(settings.engine, settings.mode, name, flags) for name in names}
    folders = {name: models.verify(settings.models_dir, name) for name in names}
    with isolated():
        predictors = {
            name: open_predictor(
                folders[name], runtime=settings.engine, threads=settings.threads, precision=precisions[name]
            )
            for name in names
        }
    finders = [Detector(predictors[name]) for name in names if models.CATALOGUE[name].detects]
    readers = [Recogniser(predictors[name]) for name in names if not models.CATALOGUE[name].detects]
    engine = PageReader(
        info=EngineInfo(runtime=settings.engine.value, models=precisions),
        finder=TwoFinders(*finders) if len(finders) > 1 else finders[0],
        cascade=Cascade(*readers),
    )
    loaded = time.monotonic()
    engine.read(_first_page(), ReadingOrder.BASIC)
    for reader in readers[1:]:
        # The first page is too clean for it to be asked.
        for columns in _WARM_UP_COLUMNS:
            reader.read(np.full((LINE_HEIGHT, columns, 3), 255, np.uint8))
    _log.info(
        "engine %s on %s: loaded in %.1f s, first page in %.1f s",
        engine.info,
        cpu.best_isa(flags),
        loaded - started,
        time.monotonic() - loaded,
    )
    return engine


def _precision(runtime: EngineName, mode: Mode, model: str, flags: frozenset[str]) -> str:
    """Half the bits, twice the speed: where the CPU has it in hardware and the page's text does not suffer."""
    suited = _BF16_MODELS_IN_CASCADE if mode is Mode.CASCADE else _BF16_MODELS
    # Held to a lesser instruction set by its own variable, OpenVINO gives empty outputs in bf16.
    held = "OV_CPU_MAX_ISA" in os.environ
    wanted = runtime is EngineName.OPENVINO and model in suited and cpu.has_bf16(flags) and not held
    return "bf16" if wanted else "f32"


def _first_page() -> np.ndarray:
    """A page of the most common shape, with lines of several lengths: memory and code are made ready by them."""
    page = np.full((1280, 1024, 3), 255, np.uint8)
    for row in range(12):
        text = "The quick brown fox jumps over the lazy dog"[: 43 - 3 * row]
        cv2.putText(page, text, (60, 120 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return page
