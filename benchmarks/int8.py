"""What networks in INT8 make of pages: text and time, against what the table of precisions says, network by network.

Usage: python -m benchmarks.int8 --output DIR [--data DIR] [--network NAME ...] [--sets NAME ...] [--pages 20]
           [--modes cascade ...] [--instructions all avx512_vnni avx2_vnni avx2]

Networks that are not in the output folder yet are quantised into it first, on pages that are drawn for it
(`benchmarks.calibration`), which takes NNCF: `pip install --group quantise`. Then each is run by itself on drawn pages,
in a process for each set of instructions that this CPU has or can be held to. With `--data`, a folder of pages whose
text is known, as `benchmarks.bench.pages` finds them, these are read by engines in one of which each network is in
INT8, one right after the other.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.bench.pages import Page, find_sets
from benchmarks.instructions import INSTRUCTIONS, hold_to
from benchmarks.precision import read_in_turn
from ocr_worker import cpu, models
from ocr_worker.engine.precisions import Measured, precision_for
from read_operations.settings import EngineName, Mode, Settings

if TYPE_CHECKING:
    from ocr_worker.engine.reader import PageReader

#: Spoilt pages that are drawn, and arrays that are kept of what a network is given on them: of one that finds lines,
#: and of one that reads them.
_PAGES: Final = 64
_MOST: Final = {True: 60, False: 200}
#: The same for a look at how long it takes.
_PAGES_ALONE: Final = 8
_MOST_ALONE: Final = 12


def make(name: str, settings: Settings, folder: Path) -> str:
    """Puts a network into a folder in INT8, and returns the SHA-256 of what it wrote."""
    from benchmarks.calibration import inputs
    from ocr_worker.engine.isolation import isolated

    with isolated():
        from benchmarks.quantisation import quantise
    given = inputs(name, settings, pages=_PAGES, most=_MOST[models.CATALOGUE[name].detects])
    return quantise(models.verify(settings.models_dir, name) / "inference.onnx", given, folder)


def alone(
    name: str, settings: Settings, file: Path, *, pages: int = _PAGES_ALONE, most: int = _MOST_ALONE
) -> tuple[float, float]:
    """A network by itself in INT8, against what the table says: its time, and which part of its answers is another.

    Answers are the characters of a line step by step, or the pixels of a page that are text.
    """
    from benchmarks.calibration import inputs
    from ocr_worker.engine.description import detection
    from ocr_worker.engine.networks import open_network

    folder = models.verify(settings.models_dir, name)
    precision = precision_for(EngineName.OPENVINO, settings.mode, name, cpu.read_flags())
    given = inputs(name, settings, pages=pages, most=most)
    own = open_network(folder, runtime=EngineName.OPENVINO, threads=1, precision=precision)
    with _standing_in(file, folder / "inference.onnx"):
        other = open_network(folder, runtime=EngineName.OPENVINO, threads=1, precision=precision)
    threshold = detection(folder).pixel_threshold if models.CATALOGUE[name].detects else None
    seconds = {own: 0.0, other: 0.0}
    changed = inked = 0
    for each in given:
        answers = []
        for one in seconds:
            (answer, *_) = one([each])  # shapes that are new cost extra
            answers.append(answer.argmax(axis=-1) if threshold is None else answer > threshold)
        for one in (*seconds, *seconds):
            started = time.process_time()
            one([each])
            seconds[one] += time.process_time() - started
        changed += int((answers[0] != answers[1]).sum())
        inked += int(((answers[0] > 0) | (answers[1] > 0)).sum())
    return seconds[other] / seconds[own], changed / inked


def measure(mode: Mode, names: Sequence[str], folder: Path, pages: Sequence[Page]) -> list[tuple[str, Measured]]:
    """For each network, what changes when it alone runs in INT8."""
    from ocr_worker.engine.load import load

    settings = Settings(mode=mode)
    engines: dict[str | None, PageReader] = {None: load(settings)}
    for name in names:
        with _standing_in(network(folder, name), settings.models_dir / name / "inference.onnx"):
            engines[name] = load(settings)
    totals = read_in_turn(engines, pages, settings)
    return [(name, totals[name].against(totals[None])) for name in names]


def network(folder: Path, name: str) -> Path:
    """Where the network of that name is in INT8."""
    return folder / name / "inference.xml"


@contextmanager
def _standing_in(other: Path, own: Path) -> Iterator[None]:
    """Has OpenVINO read another file than a network's own, which alone a worker takes."""
    from ocr_worker.engine.isolation import isolated

    with isolated():
        import openvino  # type: ignore[import-untyped]
    read = openvino.Core.read_model
    openvino.Core.read_model = lambda core, path: read(core, other if path == own else path)
    try:
        yield
    finally:
        openvino.Core.read_model = read


@contextmanager
def _child(switch: str | None) -> Iterator[ProcessPoolExecutor]:
    """A process whose networks are held to instructions."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=hold_to, initargs=(switch,)) as child:
        yield child


def main() -> None:
    """Quantises, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--network", nargs="*", choices=models.GROUPS[Mode.CASCADE.value], default=[])
    parser.add_argument("--sets", nargs="*", default=())
    parser.add_argument("--pages", type=int, default=20, help="most pages of a set")
    parser.add_argument("--modes", nargs="*", type=Mode, default=[Mode.CASCADE])
    parser.add_argument("--instructions", nargs="*", choices=INSTRUCTIONS, default=list(INSTRUCTIONS))
    arguments = parser.parse_args()
    wanted = arguments.network or models.GROUPS[Mode.CASCADE.value]
    for name in wanted:
        if not network(arguments.output, name).exists():
            with _child(None) as child:
                digest = child.submit(make, name, Settings(), network(arguments.output, name).parent).result()
            print(f"{name} in INT8: SHA-256 {digest}", flush=True)
    flags = cpu.read_flags()
    labels = [label for label in arguments.instructions if INSTRUCTIONS[label].flags <= flags]
    print("| instructions | network in INT8 | its time | other answers |\n| --- | --- | --- | --- |", flush=True)
    for label in labels:
        with _child(INSTRUCTIONS[label].switch) as child:
            for name in wanted:
                ratio, changed = child.submit(alone, name, Settings(), network(arguments.output, name)).result()
                print(f"| {label} | {name} | {ratio:.2f} | {changed:.1%} |", flush=True)
    if arguments.data is None:
        return
    pages = [page for each in find_sets(arguments.data, arguments.sets) for page in each.thinned(arguments.pages).pages]
    print(f"\n| instructions | mode | network in INT8 | F1 | a page's time | ({len(pages)} pages)")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for label, mode in itertools.product(labels, arguments.modes):
        names = [name for name in models.names_for(EngineName.OPENVINO, mode) if name in wanted]
        with _child(INSTRUCTIONS[label].switch) as child:
            rows = child.submit(measure, mode, names, arguments.output, pages).result()
        for name, row in rows:
            print(f"| {label} | {mode} | {name} | {row.f1_change:+.4f} | {row.time_ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
