from __future__ import annotations

import json
import subprocess
import sys

#: In a process of its own, as the meter stays between OpenVINO and everybody else.
PROGRAM = """
import json
import numpy as np
from ocr_worker.engine.isolation import isolated
with isolated():
    import openvino
    from openvino import opset13 as op
    from benchmarks.bench.network_cost import Meter

meter = Meter()
x = op.parameter([-1, 3, -1, -1], np.float32)
wide = op.convolution(x, op.constant(np.ones((8, 3, 5, 5), np.float32)), [1, 1], [2, 2], [2, 2], [1, 1])
deep = op.group_convolution(wide, op.constant(np.ones((8, 1, 1, 3, 3), np.float32)), [2, 2], [1, 1], [1, 1], [1, 1])
up = op.convolution_backprop_data(deep, op.constant(np.ones((8, 1, 2, 2), np.float32)), strides=[2, 2])
out = op.matmul(up, op.constant(np.ones((16, 10), np.float32)), False, False)
request = openvino.Core().compile_model(openvino.Model([out], [x]), "CPU").create_infer_request()
request.infer([np.ones((1, 3, 32, 16), np.float32)])
request.infer([np.ones((1, 3, 32, 16), np.float32)])
print(json.dumps([meter.flop(), meter.seconds]))
meter.clear()
print(json.dumps([meter.flop(), meter.seconds]))
"""


def test_operations_of_a_network_by_hand() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, second = map(json.loads, done.stdout.splitlines())
    # Given: multiply-adds of a 5 x 5 convolution from 3 to 8 channels, of 3 x 3 for each channel on a quarter of the
    # pixels, of 2 x 2 back to all of them, and of 32 rows by a matrix
    adds = 32 * 16 * 8 * 3 * 25 + 16 * 8 * 8 * 9 + 16 * 8 * 8 * 4 + 32 * 16 * 10
    assert first[0] == 2 * 2 * adds
    assert first[1] > 0
    assert second == [0, 0]
