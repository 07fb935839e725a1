"""Readfleet's own way of a page, from the file to its lines, without store, queue and network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.bench.children.protocol import serve
from benchmarks.instructions import flags_of, hold_to
from ocr_worker.cpu import best_isa, read_flags
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.precisions import CpuClass
from ocr_worker.stopwatch import Kind, Phase, Stopwatch
from read_operations.records import Format, Request
from read_operations.settings import Mode, Settings

_FORMATS = {
    ".pdf": Format.PDF,
    ".png": Format.PNG,
    ".jpg": Format.JPEG,
    ".jpeg": Format.JPEG,
    ".tif": Format.TIFF,
    ".tiff": Format.TIFF,
    ".bmp": Format.BMP,
}


class _Readfleet:
    def __init__(self, options: dict[str, Any]) -> None:
        held_to = CpuClass(options["held_to"]) if "held_to" in options else None
        if held_to is not None:
            hold_to(held_to)
        with isolated():
            from benchmarks.bench.network_cost import Meter
        from ocr_worker.engine import load_engine
        from ocr_worker.page_reader import read_page

        self._settings = Settings(
            mode=Mode(options["mode"]), threads=1, cpu_flags=None if held_to is None else flags_of(held_to)
        )
        self._meter = Meter()
        self._engine = load_engine(self._settings)
        self._read_page = read_page
        self._watch = Stopwatch()
        info = self._engine.info
        isa = best_isa(read_flags(self._settings.cpu_flags))
        self.about = {"runtime": info.runtime, "models": info.models, "isa": isa}

    def read(self, path: str, page: int) -> str:
        self._meter.clear()
        self._watch = Stopwatch()
        request = Request(id="bench", format=_FORMATS[Path(path).suffix.lower()])
        read = self._read_page(Path(path), request, page, self._engine, self._settings, self._watch)
        return "\n".join(line.text for line in read.lines)

    def details(self) -> dict[str, Any]:
        flop, seconds = self._meter.flop(), self._meter.seconds
        layer = self._watch.kind is Kind.TEXT_LAYER and Phase.DETECTION not in self._watch.seconds
        return {"flop": flop, "network_s": seconds, "layer_alone": layer}


if __name__ == "__main__":
    serve(_Readfleet)
