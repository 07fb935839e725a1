"""Which precision each network should run in on this CPU: text and time of pages, model by model.

Usage: python -m benchmarks.precision --data DIR [--sets NAME ...] [--pages 20] [--modes fast ...] [--write]

The folder holds pages whose text is known, as `benchmarks.bench.pages` finds them. In each mode every page is read with
all models in f32, and with one of them in bf16, one right after the other. `--write` puts what comes out into the rows
of the table (`ocr_worker/engine/precisions.json`) for CPUs of this class; commit them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bench.pages import Page, find_sets
from benchmarks.bench.scoring import Score
from ocr_worker import cpu, models
from ocr_worker.engine.precisions import PATH, ROWS, RUNNABLE, CpuClass, Measured, Precision, Row, cpu_class, pays
from read_operations.records import Format, ReadingOrder
from read_operations.settings import EngineName, Mode, Settings

if TYPE_CHECKING:
    from ocr_worker.engine.reader import PageReader

_FORMATS = {".tif": Format.TIFF, ".tiff": Format.TIFF, ".jpg": Format.JPEG, ".jpeg": Format.JPEG, ".png": Format.PNG}


@dataclass(slots=True)
class Total:
    """What came of all pages."""

    score: Score = field(default_factory=Score)
    cpu_s: float = 0.0
    pages: int = 0

    def against(self, other: Total) -> Measured:
        """How it differs from another one over the same pages."""
        return Measured(
            f1_change=round(self.score.f1 - other.score.f1, 4),
            time_ratio=round(self.cpu_s / other.cpu_s, 2),
            pages=self.pages,
        )


def measure(mode: Mode, pages: Sequence[Page]) -> list[tuple[str, Measured]]:
    """For each model of a mode, what changes when it alone runs in bf16."""
    cpu.limit_threads(1)
    settings = Settings(mode=mode)
    # Here, as it imports the libraries that are kept to their threads first.
    from ocr_worker.engine.load import load

    names = models.names_for(EngineName.OPENVINO, mode)
    variants = {
        one: load(settings, {name: Precision.BF16 if name == one else Precision.F32 for name in names})
        for one in (None, *names)
    }
    totals = read_in_turn(variants, pages, settings)
    return [(name, totals[name].against(totals[None])) for name in names]


def read_in_turn(
    engines: Mapping[str | None, PageReader], pages: Sequence[Page], settings: Settings
) -> dict[str | None, Total]:
    """What each engine makes of the pages, one right after the other on each of them."""
    from ocr_worker.documents import load_page

    totals = {one: Total() for one in engines}
    for page in pages:
        pixels = load_page(page.path, _FORMATS[page.path.suffix.lower()], page.number, settings).pixels
        for engine in engines.values():
            engine.read(pixels, ReadingOrder.BASIC)  # shapes that are new cost extra
        for one, engine in engines.items():
            started = time.process_time()
            reading = engine.read(pixels, ReadingOrder.BASIC)
            totals[one].cpu_s += time.process_time() - started
            totals[one].score.add(page.text, "\n".join(line.text for line in reading.lines))
            totals[one].pages += 1
    return totals


def write(cpu: CpuClass, rows: Sequence[Row]) -> None:
    """Replaces rows of the table."""
    new = {(row.cpu, row.mode, row.model): row for row in rows}
    table = [new.get((row.cpu, row.mode, row.model), row) for row in ROWS.validate_json(PATH.read_bytes())]
    lines = [json.dumps(row.model_dump(mode="json", exclude_none=True)) for row in table]
    PATH.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")


def main() -> None:
    """Measures, prints, and writes if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", default=())
    parser.add_argument("--pages", type=int, default=20, help="most pages of a set")
    parser.add_argument("--modes", nargs="*", type=Mode, default=list(Mode))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    here = cpu_class(cpu.read_flags())
    if Precision.BF16 not in RUNNABLE[here]:
        sys.exit(f"CPUs of the class {here} run f32 only: there is nothing to choose.")
    pages = [page for each in find_sets(arguments.data, arguments.sets) for page in each.thinned(arguments.pages).pages]
    print(f"| CPU | mode | model in bf16 | F1 against f32 | time against f32 | chosen | ({len(pages)} pages)")
    print("| --- | --- | --- | --- | --- | --- |")
    rows = []
    for mode in arguments.modes:
        for model, measured in measure(mode, pages):
            chosen = Precision.BF16 if pays(measured) else Precision.F32
            rows.append(Row(cpu=here, mode=mode, model=model, precision=chosen, bf16=measured))
            print(
                f"| {here} | {mode} | {model} | {measured.f1_change:+.4f} | {measured.time_ratio:.2f} | {chosen} |",
                flush=True,
            )
    if arguments.write:
        write(here, rows)


if __name__ == "__main__":
    main()
