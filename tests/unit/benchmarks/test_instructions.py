from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.instructions import classes_within
from ocr_worker import cpu
from ocr_worker.engine.precisions import CpuClass

#: A product in INT8 and one of all networks, and what computes them, in a process that is held to instructions.
PROGRAM = """
import sys
from pathlib import Path
from benchmarks.instructions import hold_to
from ocr_worker.engine.precisions import CpuClass
hold_to(CpuClass(sys.argv[1]))
import numpy as np
import openvino
from openvino import opset13 as op

def rounded(x, most, levels):
    return op.fake_quantize(x, np.float32(-most), np.float32(most), np.float32(-most), np.float32(most), levels)

x = op.parameter([1, -1, 128], np.float32)
weights = op.constant(np.linspace(-4, 4, 256 * 128, dtype=np.float32).reshape(256, 128))
product = openvino.Model([op.matmul(rounded(x, 1, 256), rounded(weights, 4, 255), False, True)], [x])
for model, shape in ((product, (1, 50, 128)), (openvino.Core().read_model(Path(sys.argv[2])), (1, 3, 48, 256))):
    compiled = openvino.Core().compile_model(model, "CPU", {"PERF_COUNT": True, "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    request.infer([np.ones(shape, np.float32)])
    done = [each for each in request.profiling_info if each.status.name == "EXECUTED"]
    print(*(each.exec_type for each in done if each.node_type in ("FullyConnected", "Convolution")))
"""


@pytest.mark.parametrize("cpus", classes_within(cpu.read_flags()))
def test_networks_are_computed_with_what_they_are_held_to(cpus: CpuClass, models_dir: Path) -> None:
    network = models_dir / "PP-OCRv6_small_rec" / "inference.onnx"

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, cpus, str(network)],
        env={name: value for name, value in os.environ.items() if not name.endswith("_ISA")},
        capture_output=True,
        text=True,
        check=True,
    )
    product, small = done.stdout.splitlines()

    assert "_I8" in product
    assert {"_f32"} == {kind[kind.rindex("_") :] for kind in small.split()}
    if cpus is not CpuClass.AMX_BF16:
        assert "amx" not in done.stdout
    if cpus in (CpuClass.AVX_VNNI, CpuClass.PLAIN):
        assert "avx512" not in done.stdout
        assert "avx2" in small
