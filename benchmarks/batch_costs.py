"""What a run of a recognition network takes beside computing columns: the `Costs` of `ocr_worker.engine.batching`.

Usage: python -m benchmarks.batch_costs [--engine openvino] [--mode fast]

For each recogniser of the mode: the microseconds of a column, what any run and what a change of shape takes, both in
columns, and the milliseconds of the first run of a shape.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np

from ocr_worker import cpu, models
from ocr_worker.engine.batching import Shape
from ocr_worker.engine.crops import LINE_HEIGHT
from ocr_worker.engine.description import characters
from ocr_worker.engine.precisions import precision_for
from ocr_worker.engine.steps import LineNetwork, open_line_network
from read_operations.settings import EngineName, Mode, Settings

_SHAPES: tuple[Shape, ...] = ((1, 128), (4, 160), (1, 512), (2, 320), (1, 1024), (1, 1536))
_ROUNDS = 15


def measure(network: LineNetwork) -> str:
    """The rest of a row of the table."""
    first = [_run_ms(network, shape) for shape in _SHAPES]
    changed: dict[Shape, list[float]] = {shape: [] for shape in _SHAPES}
    same: dict[Shape, list[float]] = {shape: [] for shape in _SHAPES}
    for _ in range(_ROUNDS):
        for shape in _SHAPES:
            changed[shape].append(_run_ms(network, shape))
            same[shape].append(_run_ms(network, shape))
    steady = [statistics.median(same[shape]) for shape in _SHAPES]
    column, call = statistics.linear_regression([count * columns for count, columns in _SHAPES], steady)
    change = statistics.median(_differences([statistics.median(changed[shape]) for shape in _SHAPES], steady))
    new = statistics.median(_differences(first, steady))
    return f"{1000 * column:.1f} | {call / column:.0f} | {change / column:.0f} | {new:.0f}"


def _run_ms(network: LineNetwork, shape: Shape) -> float:
    count, columns = shape
    lines = np.random.default_rng(columns).integers(0, 256, (count, LINE_HEIGHT, columns, 1), np.uint8)
    started = time.process_time()
    network.read([lines])
    return 1000 * (time.process_time() - started)


def _differences(more: Sequence[float], less: Sequence[float]) -> list[float]:
    return [each - other for each, other in zip(more, less, strict=True)]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", type=EngineName, default=EngineName.OPENVINO)
    parser.add_argument("--mode", type=Mode, default=Mode.CASCADE)
    arguments = parser.parse_args()
    settings = Settings(engine=arguments.engine, mode=arguments.mode, threads=1)
    cpu.limit_threads(1)
    print("| model | precision | us of a column | columns of a run | columns of a change | ms of a new shape |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in models.names_for(settings.engine, settings.mode):
        if not models.CATALOGUE[name].detects:
            precision = precision_for(settings.engine, settings.mode, name, cpu.read_flags()).value
            folder = models.verify(settings.models_dir, name)
            network = open_line_network(
                folder,
                characters(folder),
                runtime=settings.engine,
                threads=1,
                precision=precision,
                shortcut=settings.mode is not Mode.ACCURATE,
            )
            print(f"| {name} | {precision} | {measure(network)} |", flush=True)


if __name__ == "__main__":
    main()
