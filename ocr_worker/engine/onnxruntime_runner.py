"""ONNX Runtime. Importing this module imports it: only `open_network` does, in the process that reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import onnxruntime

from ocr_worker.engine.networks import Floats

#: Severity from which it writes to stderr: errors.
_ERRORS: Final = 3


class OnnxRuntimeRunner:
    """A network that ONNX Runtime runs. Implements `Layer`."""

    def __init__(self, network: Path, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        (self._input,) = self._session.get_inputs()

    def __call__(self, numbers: Floats, /) -> list[Floats]:
        """See `Layer`."""
        outputs: list[Floats] = self._session.run(None, {self._input.name: numbers})
        return outputs
