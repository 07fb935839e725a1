"""Putting an engine together: models, runtime, precision, and a first page so that the first real one is not slower."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from ocr_worker import cpu, models
from ocr_worker.engine.batching import OPENVINO_COSTS, OTHER_COSTS
from ocr_worker.engine.cascade import Cascade
from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.description import characters, detection
from ocr_worker.engine.detector import Detector
from ocr_worker.engine.finder import RowFinder, TwoFinders
from ocr_worker.engine.heap import return_large_blocks
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.networks import WorkingMemory, open_network
from ocr_worker.engine.port import EngineInfo
from ocr_worker.engine.precisions import precision_for
from ocr_worker.engine.reader import PageReader
from ocr_worker.engine.recogniser import Recogniser
from ocr_worker.engine.self_test import draw_page
from ocr_worker.engine.steps import open_line_network
from ocr_worker.engine.style import PRINT_SCORES
from read_operations.records import ReadingOrder
from read_operations.settings import EngineName, Mode, Settings

#: Columns of the blank lines by which the careful recogniser is warmed up: what short, middling and long lines take.
_WARM_UP_COLUMNS: Final = (128, 480, 1024)


def load(settings: Settings, precisions: Mapping[str, str] | None = None) -> PageReader:
    """See `ocr_worker.engine.load_engine`.

    Args:
        settings: which engine.
        precisions: of each model, to measure others than those of the table.
    """
    flags = cpu.read_flags(settings.cpu_flags)
    cpu.require_avx2(flags)
    cv2.setNumThreads(settings.threads)
    return_large_blocks()
    names = models.names_for(settings.engine, settings.mode)
    precisions = precisions or {
        name: precision_for(settings.engine, settings.mode, name, flags).value for name in names
    }
    folders = {name: models.verify(settings.models_dir, name) for name in names}
    detectors = [name for name in names if models.CATALOGUE[name].detects]
    alphabets = {name: characters(folders[name]) for name in names if name not in detectors}
    # The second detector is seldom asked, and the first not on the same page afterwards.
    searching = WorkingMemory()
    with isolated():
        finders = [
            RowFinder(
                Detector(
                    open_network(
                        folders[name],
                        runtime=settings.engine,
                        threads=settings.threads,
                        precision=precisions[name],
                        memory=searching,
                    ),
                    detection(folders[name]),
                )
            )
            for name in detectors
        ]
        readers = [
            Recogniser(
                open_line_network(
                    folders[name],
                    alphabet,
                    runtime=settings.engine,
                    threads=settings.threads,
                    precision=precisions[name],
                    # What the other modes save is measured by this one, so it saves nothing that could cost text.
                    shortcut=settings.mode is not Mode.ACCURATE,
                ),
                alphabet,
                print_score=PRINT_SCORES.get(name, math.inf),
                costs=OPENVINO_COSTS if settings.engine is EngineName.OPENVINO else OTHER_COSTS,
            )
            for name, alphabet in alphabets.items()
        ]
    engine = PageReader(
        info=EngineInfo(runtime=settings.engine.value, models=dict(precisions)),
        finder=TwoFinders(*finders) if len(finders) > 1 else finders[0],
        cascade=Cascade(*readers),
    )
    engine.read(draw_page(), ReadingOrder.BASIC)
    for reader in readers[1:]:
        # The first page is too clean for it to be asked.
        reader.read([np.full((LINE_HEIGHT, columns, 3), 255, np.uint8) for columns in _WARM_UP_COLUMNS])
    return engine
