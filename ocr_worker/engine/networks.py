"""Opening a network on any of the runtimes. Each is imported when it is wanted, within `isolation.isolated`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from read_operations.settings import EngineName

Arrays = list[npt.NDArray[np.float32]]


class Network(Protocol):
    """A network that a runtime made ready for this CPU."""

    def __call__(self, x: Arrays, **_: Any) -> Arrays:
        """Runs it on its one input. The arrays returned may be overwritten by the next call."""
        ...


class WorkingMemory:
    """What networks compute in, where only the one that ran last keeps it: for those that seldom take turns."""

    def __init__(self) -> None:
        self._release: Callable[[], None] | None = None

    def take(self, release: Callable[[], None]) -> None:
        """Called before each run, with what makes this network's own memory free."""
        if self._release is not None and self._release is not release:
            self._release()
        self._release = release


def open_network(
    folder: Path, *, runtime: EngineName, threads: int, precision: str, memory: WorkingMemory | None = None
) -> Network:
    """The network in the folder of a model, which is named after the model.

    Args:
        folder: the model's verified folder.
        runtime: what runs the network.
        threads: how many threads it computes with.
        precision: one of `Precision`; only OpenVINO has the choice.
        memory: what it has in common with others; only OpenVINO can. By default it has its own.
    """
    match runtime:
        case EngineName.OPENVINO:
            from ocr_worker.engine.openvino_runner import open_openvino

            return open_openvino(
                folder / "inference.onnx", threads=threads, precision=precision, memory=memory or WorkingMemory()
            )
        case EngineName.ONNXRUNTIME:
            from ocr_worker.engine.onnxruntime_runner import OnnxRuntimeRunner

            return OnnxRuntimeRunner(folder / "inference.onnx", threads=threads)
        case EngineName.PADDLE:
            from ocr_worker.engine.paddle_runner import open_paddle

            return open_paddle(folder, threads=threads)
