"""Which precision each network should run in, on this CPU and lesser ones: text and time of pages, model by model.

Usage: python -m benchmarks.precision --data DIR [--sets NAME ...] [--pages 20] [--modes fast ...] [--cpus plain ...]
           [--write | --together]

The folder holds pages whose text is known, as `benchmarks.bench.pages` finds them. In each mode every page is read with
all models in float32, and with one of them in each of the precisions of fewer bits that the class of CPUs can run, one
right after the other. Classes below this CPU's own are measured in processes that are held to their instructions.
`--write` puts what comes out into the rows of the table (`ocr_worker/engine/precisions.json`); commit them.
`--together` measures what the table chooses for all models at once instead.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks.bench.pages import Page, find_sets
from benchmarks.bench.scoring import Score
from benchmarks.instructions import classes_within, process_of
from ocr_worker import cpu, models
from ocr_worker.engine.precisions import FEWER_BITS, MEASURED_IN, PATH, ROWS, CpuClass, Measured, Precision, Row, chosen
from read_operations.records import Format, ReadingOrder
from read_operations.settings import EngineName, Mode, Settings

if TYPE_CHECKING:
    from ocr_worker.engine.reader import PageReader

_FORMATS = {".tif": Format.TIFF, ".tiff": Format.TIFF, ".jpg": Format.JPEG, ".jpeg": Format.JPEG, ".png": Format.PNG}


_Name = TypeVar("_Name", bound=Hashable)


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


def measure(cpus: CpuClass, mode: Mode, pages: Sequence[Page]) -> list[Row]:
    """For each model of a mode, what changes when it alone runs in fewer bits."""
    settings = Settings(mode=mode)
    # Here, as it imports the libraries that are kept to their threads first.
    from ocr_worker.engine.load import load

    every = models.names_for(EngineName.OPENVINO, mode)
    names = [name for name in every if (mode, name) not in MEASURED_IN]
    plain = dict.fromkeys(every, Precision.F32)
    variants = {None: load(settings, plain)} | {
        (name, precision): load(settings, {**plain, name: precision})
        for name, precision in itertools.product(names, FEWER_BITS[cpus])
    }
    totals = read_in_turn(variants, pages, settings)
    return [
        Row(
            cpu=cpus,
            mode=mode,
            model=name,
            measured={each: totals[name, each].against(totals[None]) for each in FEWER_BITS[cpus]},
        )
        for name in names
    ]


def measure_together(precisions: Mapping[str, Precision], mode: Mode, pages: Sequence[Page]) -> Measured:
    """What changes when all models of a mode run in these precisions."""
    settings = Settings(mode=mode)
    from ocr_worker.engine.load import load

    engines = {"f32": load(settings, dict.fromkeys(precisions, Precision.F32)), "chosen": load(settings, precisions)}
    totals = read_in_turn(engines, pages, settings)
    return totals["chosen"].against(totals["f32"])


def read_in_turn(engines: Mapping[_Name, PageReader], pages: Sequence[Page], settings: Settings) -> dict[_Name, Total]:
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


def read_table(table: Path = PATH) -> list[Row]:
    """All rows."""
    return ROWS.validate_json(table.read_bytes())


def write(rows: Sequence[Row], table: Path = PATH) -> None:
    """Replaces rows of the table."""
    new = {(row.cpu, row.mode, row.model): row for row in rows}
    every = [new.get((row.cpu, row.mode, row.model), row) for row in read_table(table)]
    lines = [json.dumps(row.model_dump(mode="json")) for row in every]
    table.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")


def _line(cpus: CpuClass, mode: Mode, model: str, precision: str, each: Measured, chosen: str) -> str:
    return f"| {cpus} | {mode} | {model} | {precision} | {each.f1_change:+.4f} | {each.time_ratio:.2f} | {chosen} |"


def main() -> None:
    """Measures, prints, and writes if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", default=())
    parser.add_argument("--pages", type=int, default=20, help="most pages of a set")
    parser.add_argument("--modes", nargs="*", type=Mode, choices=list(Mode), default=list(Mode))
    within = classes_within(cpu.read_flags())
    parser.add_argument("--cpus", nargs="*", type=CpuClass, choices=within, default=within)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true")
    what.add_argument("--together", action="store_true")
    arguments = parser.parse_args()
    pages = [page for each in find_sets(arguments.data, arguments.sets) for page in each.thinned(arguments.pages).pages]
    print(f"| CPU | mode | model | in | F1 against f32 | time against f32 | chosen | ({len(pages)} pages)")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for cpus, mode in itertools.product(arguments.cpus, arguments.modes):
        if arguments.together:
            table = {name: chosen(cpus, mode, name) for name in models.names_for(EngineName.OPENVINO, mode)}
            with process_of(cpus) as child:
                all_of_them = child.submit(measure_together, table, mode, pages).result()
            print(_line(cpus, mode, "all", "", all_of_them, "as in the table"), flush=True)
            continue
        with process_of(cpus) as child:
            rows = child.submit(measure, cpus, mode, pages).result()
        for row in rows:
            for precision, each in row.measured.items():
                print(_line(cpus, mode, row.model, precision, each, row.precision), flush=True)
        if arguments.write:
            write(rows)


if __name__ == "__main__":
    main()
