"""OpenVINO. Importing this module imports it: only what opens networks does, in the process that reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import openvino  # type: ignore[import-untyped]

from ocr_worker.engine.alphabets import TwoAlphabets, common
from ocr_worker.engine.networks import Arrays, WorkingMemory
from ocr_worker.engine.openvino_last_layer import in_two_parts
from ocr_worker.engine.openvino_networks import in_one_step
from ocr_worker.engine.steps import LineNetwork, WholeAlphabet

#: Layers are prepared anew for each shape of input; of a network so many are kept, those that were used last. OpenVINO
#: itself keeps 5000, which take more memory and save 1 % of the time. With 400 a page takes a third longer: its lines
#: come in more shapes than fit, and each is forgotten before it comes again.
_PREPARED_LAYERS: Final = "1000"
#: The same for a network that finds lines: a page is one shape.
_PREPARED_FOR_PAGES: Final = "100"


class OpenVinoRunner:
    """A network that OpenVINO compiled for this CPU. Implements `Network`."""

    def __init__(
        self, model: Any, *, threads: int, precision: str, memory: WorkingMemory, prepared: str = _PREPARED_LAYERS
    ) -> None:
        compiled = openvino.Core().compile_model(
            model,
            "CPU",
            {
                # Left alone, OpenVINO takes bf16 wherever the CPU has it, whatever that does to the text.
                "INFERENCE_PRECISION_HINT": precision,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": "1",
                # Every child would pin itself to the same first cores.
                "ENABLE_CPU_PINNING": False,
                "CPU_RUNTIME_CACHE_CAPACITY": prepared,
            },
        )
        self._request = compiled.create_infer_request()
        self._release = compiled.release_memory
        self._memory = memory

    def __call__(self, x: Arrays, **_: Any) -> Arrays:
        """See `Network`. The arrays returned are overwritten by the next call."""
        self._memory.take(self._release)
        # Handed to `infer`, they would first be looked at for a tenth of a millisecond, to find out what they are.
        for i, values in enumerate(x):
            self._request.set_input_tensor(i, openvino.Tensor(values, shared_memory=True))
        self._request.infer(share_outputs=True)
        return [tensor.data for tensor in self._request.output_tensors]


def open_openvino(network: Path, *, threads: int, precision: str, memory: WorkingMemory) -> OpenVinoRunner:
    """The network as it is, but for the last layers of one that finds lines: see `in_one_step`."""
    model = openvino.Core().read_model(network)
    if finds_lines := in_one_step(model):
        return OpenVinoRunner(
            finds_lines, threads=threads, precision=precision, memory=memory, prepared=_PREPARED_FOR_PAGES
        )
    return OpenVinoRunner(model, threads=threads, precision=precision, memory=memory)


def open_two_alphabets(network: Path, characters: Sequence[str], *, threads: int, precision: str) -> LineNetwork:
    """A network that reads lines, in two parts if it has a last layer that is known."""
    model = openvino.Core().read_model(network)

    def runner(part: Any) -> OpenVinoRunner:
        return OpenVinoRunner(part, threads=threads, precision=precision, memory=WorkingMemory())

    if parts := in_two_parts(model, common(characters)):
        first, rest = parts
        return TwoAlphabets(runner(first), runner(rest), characters)
    return WholeAlphabet(runner(model))
