"""OpenVINO as an engine of PaddleX: its predictors keep their pre- and post-processing, the networks run here.

Importing this module imports PaddleX and OpenVINO: only `load_engine` does, in the process that reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import openvino  # type: ignore[import-untyped]
from paddlex.inference.models.bindings import get_binding, register_predictor_binding_map
from paddlex.inference.models.engines import RunnerEngine
from paddlex.inference.models.runners import InferenceRunner

#: The name PaddleX knows it by.
ENGINE: Final = "openvino"


class OpenVinoRunner(InferenceRunner):  # type: ignore[misc]  # PaddleX ships no types
    """A network that OpenVINO compiled for this CPU."""

    def __init__(self, network: Path, *, threads: int, precision: str) -> None:
        core = openvino.Core()
        compiled = core.compile_model(
            core.read_model(network),
            "CPU",
            {
                # Left alone, OpenVINO takes bf16 wherever the CPU has it, whatever that does to the text.
                "INFERENCE_PRECISION_HINT": precision,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": "1",
                # Every child would pin itself to the same first cores.
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._request = compiled.create_infer_request()

    def __call__(self, x: list[npt.NDArray[np.float32]], **_: Any) -> list[npt.NDArray[np.float32]]:
        """Runs the network on its one input. The arrays returned are overwritten by the next call."""
        self._request.infer(x, share_inputs=True)
        return [tensor.data for tensor in self._request.output_tensors]

    def close(self) -> None:
        """PaddleX asks for it; there is nothing to close."""


class OpenVinoEngine(RunnerEngine):  # type: ignore[misc]  # PaddleX ships no types
    """Registers itself with PaddleX, by being a subclass with `entities`."""

    entities = ENGINE

    @property
    def name(self) -> str:
        """The name PaddleX knows it by."""
        return ENGINE

    def get_supported_model_formats(self) -> tuple[str, ...]:
        """OpenVINO reads ONNX files as they are."""
        return ("onnx",)

    def get_default_runner_builder(self) -> Any:
        """What PaddleX calls to get a network running."""

        def build(*, model_dir: Path, engine_config: dict[str, Any], **_: Any) -> OpenVinoRunner:
            return OpenVinoRunner(model_dir / "inference.onnx", **engine_config)

        return build

    def validate_runner(self, runner: Any) -> None:
        """Raises a TypeError unless the runner is ours."""
        if not isinstance(runner, OpenVinoRunner):
            raise TypeError(f"{type(runner).__name__} is not an OpenVINO runner")


def bind(model: str) -> None:
    """Lets PaddleX run a model with OpenVINO, by the predictor it has for ONNX Runtime."""
    register_predictor_binding_map(get_binding(model, "onnxruntime").predictor, {ENGINE: (model,)})
