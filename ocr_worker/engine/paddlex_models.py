"""Opening a model as a PaddleX predictor, on any of the runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from read_operations.settings import EngineName

#: Memory grows with every input shape that oneDNN remembers; fewer than there are widths of lines cost a fifth in time.
_ONEDNN_SHAPES: Final = 64
#: Severity from which ONNX Runtime writes to stderr: errors.
_ONNXRUNTIME_ERRORS: Final = 3


def open_predictor(folder: Path, *, runtime: EngineName, threads: int, precision: str) -> Any:
    """A PaddleX predictor for the model in the folder, which is named after the model.

    It imports PaddleX and the runtime: call it within `isolation.isolated`.

    Args:
        folder: the model's verified folder.
        runtime: what runs the network.
        threads: how many threads it computes with.
        precision: f32 or bf16; only OpenVINO has the choice.
    """
    from paddlex.inference.models import create_predictor

    match runtime:
        case EngineName.OPENVINO:
            from ocr_worker.engine import openvino_runner

            openvino_runner.bind(folder.name)
            engine = openvino_runner.ENGINE
            config: dict[str, Any] = {"threads": threads, "precision": precision}
        case EngineName.ONNXRUNTIME:
            engine = "onnxruntime"
            config = {
                "intra_op_num_threads": threads,
                "inter_op_num_threads": 1,
                "log_severity_level": _ONNXRUNTIME_ERRORS,
            }
        case EngineName.PADDLE:
            engine = "paddle_static"
            config = {"run_mode": "mkldnn", "cpu_threads": threads, "mkldnn_cache_capacity": _ONEDNN_SHAPES}
    # The device is named, as PaddleX imports paddle to find one that is not.
    return create_predictor(folder.name, model_dir=str(folder), engine=engine, engine_config=config, device="cpu")
