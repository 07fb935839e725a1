"""How fast this core multiplies matrices, with one thread: what the networks could reach at best.

Prints one line of JSON: billions of floating-point operations a second of the processor, by NumPy in float32 (`numpy`)
and by OpenVINO (`f32`, and `bf16` where the processor has it).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial

from ocr_worker.cpu import limit_threads, read_flags
from ocr_worker.engine.isolation import isolated

_SIDE = 2048
_TRIES = 4
#: Of these flags each is of a processor that multiplies bfloat16 itself.
_BF16 = {"avx512_bf16", "amx_bf16"}


def main() -> None:
    """Measures."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    limit_threads(1)
    with isolated():
        import numpy as np
        import openvino  # type: ignore[import-untyped]
        from openvino import opset13
    random = np.random.default_rng(1)
    first, second = (random.random((_SIDE, _SIDE), dtype=np.float32) for _ in range(2))
    rates = {"numpy": _rate(lambda: first @ second)}
    for precision in ("f32", "bf16") if _BF16 & read_flags() else ("f32",):
        given = opset13.parameter([_SIDE, _SIDE], np.float32)
        product = openvino.Model([opset13.matmul(given, opset13.constant(second), False, False)], [given])
        options = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": "1"}
        request = openvino.Core().compile_model(product, "CPU", options).create_infer_request()
        rates[precision] = _rate(partial(request.infer, [first], share_inputs=True))
    json.dump(rates, sys.stdout)


def _rate(multiply: Callable[[], object]) -> float:
    multiply()
    best = min(_seconds(multiply) for _ in range(_TRIES))
    return 2 * _SIDE**3 / best / 1e9


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
