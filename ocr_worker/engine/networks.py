"""Opening a network on any of the runtimes. Each is imported when it is wanted, within `isolation.isolated`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ocr_worker.engine.description import Scaling, scaling
from read_operations.settings import EngineName

Floats = npt.NDArray[np.float32]
#: Pixels of as many images as a network sees at once: images by rows by columns by channels, which are grey alone, or
#: red, green and blue.
Images = npt.NDArray[np.uint8]

#: The number of the last channel of an image in colour, the first that networks take.
_LAST: Final = 2


class Network(Protocol):
    """A network that a runtime made ready for this CPU, and that sees images."""

    def __call__(self, images: Images, /) -> list[Floats]:
        """Its answers. They may be overwritten by the next call."""
        ...


class Layer(Protocol):
    """A network, or a part of one, that takes numbers, not images."""

    def __call__(self, numbers: Floats, /) -> list[Floats]:
        """Its answers. They may be overwritten by the next call."""
        ...


class Seeing:
    """A network that takes scaled numbers of blue, green and red, made to see images. Implements `Network`."""

    def __init__(self, layer: Layer, scales: Scaling) -> None:
        self._layer = layer
        # For each channel that the network takes, what it is given for each value of a pixel.
        self._tables = [
            ((np.arange(256) / 255 - mean) / deviation).astype(np.float32)
            for mean, deviation in zip(scales.means, scales.deviations, strict=True)
        ]

    def __call__(self, images: Images, /) -> list[Floats]:
        """See `Network`."""
        count, rows, columns, channels = images.shape
        numbers = np.empty((count, len(self._tables), rows, columns), np.float32)
        for planes, image in zip(numbers, images, strict=True):
            for i, (plane, table) in enumerate(zip(planes, self._tables, strict=True)):
                cv2.LUT(image if channels == 1 else cv2.extractChannel(image, _LAST - i), table, dst=plane)
        return self._layer(numbers)


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

            return Seeing(OnnxRuntimeRunner(folder / "inference.onnx", threads=threads), scaling(folder))
        case EngineName.PADDLE:
            from ocr_worker.engine.paddle_runner import open_paddle

            return Seeing(open_paddle(folder, threads=threads), scaling(folder))
