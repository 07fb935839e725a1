"""What the networks of a page cost: multiplications and additions, and the processor's seconds they took.

Importing it imports OpenVINO: only within `ocr_worker.engine.isolation.isolated`.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import openvino  # type: ignore[import-untyped]

_Shape = tuple[int, ...]


class Meter:
    """Stands between OpenVINO and whoever uses it from now on: one a process, made before any network is compiled."""

    def __init__(self) -> None:
        #: The processor's, since `clear`.
        self.seconds = 0.0
        self._networks: list[Any] = []
        #: Which network was given what, as OpenVINO tells its shape: numbers are made of it where no time is measured.
        self._runs: list[tuple[int, Any]] = []
        self._known: dict[tuple[int, _Shape], int] = {}
        compile_model, create = openvino.Core.compile_model, openvino.CompiledModel.create_infer_request
        infer = openvino.InferRequest.infer

        def compile_metered(core: Any, network: Any, *options: Any, **named: Any) -> Any:
            compiled = compile_model(core, network, *options, **named)
            compiled.metered = len(self._networks)
            self._networks.append(network.clone() if isinstance(network, openvino.Model) else core.read_model(network))
            return compiled

        def create_metered(compiled: Any) -> Any:
            request = create(compiled)
            request.metered = compiled.metered
            return request

        def infer_metered(request: Any, *inputs: Any, **named: Any) -> Any:
            started = time.process_time()
            outputs = infer(request, *inputs, **named)
            self.seconds += time.process_time() - started
            self._runs.append((request.metered, request.get_input_tensor().shape))
            return outputs

        openvino.Core.compile_model = compile_metered
        openvino.CompiledModel.create_infer_request = create_metered
        openvino.InferRequest.infer = infer_metered

    def clear(self) -> None:
        """Forgets what was run."""
        self.seconds = 0.0
        self._runs.clear()

    def flop(self) -> int:
        """What the runs since then took. Not while time is measured: a shape that is new takes a while."""
        runs = Counter((network, tuple(shape)) for network, shape in self._runs)
        for network, shape in runs:
            if (network, shape) not in self._known:
                self._known[network, shape] = flop(self._networks[network], shape)
        return sum(count * self._known[run] for run, count in runs.items())


def flop(network: Any, shape: _Shape) -> int:
    """Floating-point operations of one run on an input of that shape.

    Two for each multiply-add of its convolutions and matrix products. The rest, some percent, is not counted.
    """
    network.reshape(list(shape))
    return sum(_of(operation, shape[0]) for operation in network.get_ops())


def _of(operation: Any, batch: int) -> int:
    cost = _COSTS.get(operation.get_type_name())
    if cost is None:
        return 0
    first, second, out = (
        # The only side that OpenVINO may be unable to derive is the first.
        [batch if side.is_dynamic else side.get_length() for side in port.get_partial_shape()]
        for port in (operation.input(0), operation.input(1), operation.output(0))
    )
    return 2 * cost(first, second, out, operation)


def _of_product(first: list[int], _: list[int], out: list[int], operation: Any) -> int:
    return math.prod(out) * first[-2 if operation.get_attributes()["transpose_a"] else -1]


#: Multiply-adds by kind, from the shapes of both inputs and the output. Weights of a convolution are (groups,) out, in,
#: kernel; of a transposed one (groups,) in, out, kernel.
_COSTS: Final[dict[str, Callable[[list[int], list[int], list[int], Any], int]]] = {
    "Convolution": lambda _, weights, out, __: math.prod(out) * math.prod(weights[1:]),
    "GroupConvolution": lambda _, weights, out, __: math.prod(out) * math.prod(weights[2:]),
    "ConvolutionBackpropData": lambda first, weights, _, __: math.prod(first) * math.prod(weights[1:]),
    "GroupConvolutionBackpropData": lambda first, weights, _, __: math.prod(first) * math.prod(weights[2:]),
    "MatMul": _of_product,
}
