"""Which numbers the networks compute with: measured on pages that are drawn for it, always the same, and no others.

Usage: python -m benchmarks.ranges [--network NAME ...] [--write]

It takes a quarter of an hour, and a CPU with VNNI, as others add some products up wrong (`Precision.INT8_REDUCED`).
`--write` puts them into `ocr_worker/engine/ranges.json`, by which networks are computed in INT8; commit it, and measure
what becomes of the text: `python -m benchmarks.precision`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.calibration import Inputs, inputs, thinned
from ocr_worker import cpu, models
from ocr_worker.engine.description import detection
from ocr_worker.engine.precisions import CpuClass, cpu_class
from ocr_worker.engine.ranges import PATH, TABLE, Ranges
from read_operations.settings import Mode, Settings

#: Spoilt pages that are drawn, and arrays that are kept of what a network is given on them: of one that finds lines,
#: and of one that reads them.
_PAGES: Final = 64
_MOST: Final = {True: 60, False: 200}
#: So many of these arrays show what rounding one product does to the answers. A page has far more of them than a line.
_MOST_ROUNDED: Final = {True: 12, False: 100}
#: A product stays as it is if rounding it alone makes more than this part of the answers others.
_MOST_CHANGED: Final = 0.009
#: Ranges are written with so many digits, far more than it matters.
_DIGITS: Final = 4


class Measured(NamedTuple):
    """What was measured of a product."""

    range: tuple[float, float]
    #: The part of the answers that are others if it alone is rounded.
    changes: float


def measure(name: str, settings: Settings, *, pages: int = _PAGES, most: int | None = None) -> dict[str, Measured]:
    """What rounding each product of a network does, and the ranges for it.

    These are the means of the lowest and highest numbers of each array, and zero: an extreme that one line in a hundred
    has would cost all others steps.
    """
    finds_lines = models.CATALOGUE[name].detects
    given = inputs(name, settings, pages=pages, most=most or _MOST[finds_lines])
    folder = models.verify(settings.models_dir, name)
    threshold = detection(folder).pixel_threshold if finds_lines else None
    network = Network(folder / "inference.onnx", threshold)
    few = thinned(given, _MOST_ROUNDED[finds_lines])
    plain = network.answers(few, {})
    return {
        product: Measured(each, changed(plain, network.answers(few, {product: each})))
        for product, each in network.ranges(given).items()
    }


def bearing(products: Mapping[str, Measured]) -> Ranges:
    """The ranges of those products that bear to be rounded."""
    return {name: each.range for name, each in products.items() if each.changes <= _MOST_CHANGED}


class Network:
    """A network as it was published, of which products can be rounded."""

    def __init__(self, file: Path, threshold: float | None) -> None:
        """Reads it from a file. Pixels above the threshold are text, if it is one that finds lines."""
        from ocr_worker.engine.isolation import isolated

        with isolated():
            import openvino  # type: ignore[import-untyped]

            from ocr_worker.engine import openvino_int8
            from ocr_worker.engine.openvino_runner import read_network
        self._openvino: Any = openvino
        self._int8 = openvino_int8
        self._read = partial(read_network, file)
        self._threshold = threshold

    def ranges(self, given: Inputs) -> Ranges:
        """Of all products, what they take when the network is given these arrays."""
        model = self._read()
        products = self._int8.products(model)
        taking = self._openvino.Model([self._int8.taken(each) for each in products.values()], model.get_parameters())
        request = self._request(taking)
        extremes = []
        for each in given:
            request.infer([each])
            extremes.append([(tensor.data.min(), tensor.data.max()) for tensor in request.output_tensors])
        lows, highs = np.array(extremes).mean(axis=0).T
        return {
            name: (_rounded(min(low, 0.0)), _rounded(max(high, 0.0)))
            for name, low, high in zip(products, lows, highs, strict=True)
        }

    def answers(self, given: Inputs, ranges: Ranges) -> list[npt.NDArray[np.intp]]:
        """What it answers with these products rounded: characters step by step, or which pixels are text."""
        model = self._read()
        self._int8.round_products(model, ranges, reduced=False)
        request = self._request(model)
        answers = []
        for each in given:
            request.infer([each])
            values = request.output_tensors[0].data
            answers.append(values.argmax(axis=-1) if self._threshold is None else (values > self._threshold) * 1)
        return answers

    def _request(self, model: Any) -> Any:
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        return self._openvino.Core().compile_model(model, "CPU", settings).create_infer_request()


def changed(plain: list[npt.NDArray[np.intp]], rounded: list[npt.NDArray[np.intp]]) -> float:
    """The part of all answers but "nothing" that are others."""
    one, other = (np.concatenate([each.ravel() for each in answers]) for answers in (plain, rounded))
    return int((one != other).sum()) / max(int((one | other).astype(bool).sum()), 1)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def write(measured: Mapping[str, Ranges], table: Path = PATH) -> None:
    """Replaces those of these networks."""
    every = {**TABLE.validate_json(table.read_bytes()), **measured}
    table.write_text(json.dumps(dict(sorted(every.items())), indent=1) + "\n")


def main() -> None:
    """Measures, prints, and writes if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", nargs="*", choices=models.GROUPS[Mode.CASCADE.value], default=[])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if cpu_class(cpu.read_flags()) in (CpuClass.PLAIN, None):
        sys.exit("This CPU has no VNNI: measure on one that has.")
    cpu.limit_threads(1)
    for name in arguments.network or models.GROUPS[Mode.CASCADE.value]:
        measured = bearing(measure(name, Settings()))
        print(f"{name}: {len(measured)} products in INT8", flush=True)
        if arguments.write:
            write({name: measured})


if __name__ == "__main__":
    main()
