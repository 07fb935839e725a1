"""PaddlePaddle, by the runner that PaddleX has for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ocr_worker.engine.networks import Layer

#: Memory grows with every input shape that oneDNN remembers; fewer than there are widths of lines cost a fifth in time.
_ONEDNN_SHAPES: Final = 64


def open_paddle(folder: Path, *, threads: int) -> Layer:
    """The network in the folder of a model, which is named after the model.

    It imports PaddleX and with it much that is never used, some seconds of it.
    """
    from paddlex.inference.models import create_predictor

    config = {"run_mode": "mkldnn", "cpu_threads": threads, "mkldnn_cache_capacity": _ONEDNN_SHAPES}
    # The device is named, as PaddleX imports paddle to find one that is not.
    predictor = create_predictor(
        folder.name, model_dir=str(folder), engine="paddle_static", engine_config=config, device="cpu"
    )
    runner = predictor.runner
    return lambda numbers, /: runner([numbers])
