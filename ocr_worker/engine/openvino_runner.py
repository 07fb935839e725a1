"""OpenVINO. Importing this module imports it: only `open_network` does, in the process that reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import openvino  # type: ignore[import-untyped]

from ocr_worker.engine.networks import Arrays
from ocr_worker.engine.openvino_networks import in_quarters, joined

#: Layers are prepared anew for each shape of input; of a network so many are kept, those that were used last. OpenVINO
#: itself keeps 5000, which take 0.5 GB more after pages of all shapes, and save no time.
_PREPARED_LAYERS: Final = "1000"


class OpenVinoRunner:
    """A network that OpenVINO compiled for this CPU. Implements `Network`."""

    def __init__(self, network: Path, *, threads: int, precision: str) -> None:
        core = openvino.Core()
        model = core.read_model(network)
        quarters = in_quarters(model)
        self._in_quarters = quarters is not None
        compiled = core.compile_model(
            quarters or model,
            "CPU",
            {
                # Left alone, OpenVINO takes bf16 wherever the CPU has it, whatever that does to the text.
                "INFERENCE_PRECISION_HINT": precision,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": "1",
                # Every child would pin itself to the same first cores.
                "ENABLE_CPU_PINNING": False,
                "CPU_RUNTIME_CACHE_CAPACITY": _PREPARED_LAYERS,
            },
        )
        self._request = compiled.create_infer_request()

    def __call__(self, x: Arrays, **_: Any) -> Arrays:
        """See `Network`. The arrays returned are overwritten by the next call."""
        self._request.infer(x, share_inputs=True)
        outputs = [tensor.data for tensor in self._request.output_tensors]
        return [joined(output) for output in outputs] if self._in_quarters else outputs
