"""A trial: the engine of a worker reads one page, without store, queue and network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ocr_worker.cpu import best_isa, read_flags, require_avx2
from ocr_worker.engine import load_engine
from ocr_worker.models import names_for, verify
from read_operations.records import Format, Page, Request
from read_operations.settings import Settings

if TYPE_CHECKING:
    from ocr_worker.engine.port import EngineInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial showed."""

    #: The best instruction set of this CPU that the engine can use.
    isa: str
    engine: EngineInfo
    page: Page
    #: Seconds until the engine could read.
    load_s: float
    #: Seconds for the page.
    read_s: float


def read_first_page(settings: Settings, document: Path, format: Format) -> Trial:
    """Reads the first page of a document in this process, after what a worker checks before it starts.

    Raises:
        CpuUnsupported: the CPU has no AVX2.
        ModelError: weights are missing or are not the pinned ones.
        DocumentError: the document cannot be read.
        PageFailed: the page cannot be read.
    """
    flags = read_flags(settings.cpu_flags)
    require_avx2(flags)
    # Before the engine looks itself: its libraries take seconds to import.
    for name in names_for(settings.engine, settings.mode):
        verify(settings.models_dir, name)
    started = time.monotonic()
    engine = load_engine(settings)
    # Here, as it imports the libraries that the engine keeps to their threads first.
    from ocr_worker.page_reader import read_page

    loaded = time.monotonic()
    page = read_page(document, Request(id="trial", format=format), 1, engine, settings)
    read = time.monotonic()
    return Trial(isa=best_isa(flags), engine=engine.info, page=page, load_s=loaded - started, read_s=read - loaded)
