"""OpenVINO. Importing this module imports it: only what opens networks does, in the process that reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt
import openvino  # type: ignore[import-untyped]

from ocr_worker import models
from ocr_worker.engine.alphabets import TwoAlphabets, common
from ocr_worker.engine.description import scaling
from ocr_worker.engine.networks import Floats, WorkingMemory
from ocr_worker.engine.openvino_int8 import round_products
from ocr_worker.engine.openvino_last_layer import in_two_parts
from ocr_worker.engine.openvino_networks import in_one_step, join_in_sums, seeing
from ocr_worker.engine.precisions import Precision
from ocr_worker.engine.ranges import ranges_of
from ocr_worker.engine.steps import LineNetwork, WholeAlphabet

#: Layers are prepared anew for each shape of input; of a network so many are kept, those that were used last. OpenVINO
#: itself keeps 5000, which take more memory and save 1 % of the time. With 400 a page takes a third longer: its lines
#: come in more shapes than fit, and each is forgotten before it comes again.
_PREPARED_LAYERS: Final = "1000"
#: The same for a network that finds lines: a page is one shape.
_PREPARED_FOR_PAGES: Final = "100"
#: What OpenVINO is not asked for: networks that are given to it say themselves which products are in INT8.
_IN_INT8: Final = (Precision.INT8, Precision.INT8_REDUCED)


class OpenVinoRunner:
    """A network that OpenVINO compiled for this CPU. Implements `Network` or `Layer`, as the network was made."""

    def __init__(
        self, model: Any, *, threads: int, precision: str, memory: WorkingMemory, prepared: str = _PREPARED_LAYERS
    ) -> None:
        compiled = openvino.Core().compile_model(
            model,
            "CPU",
            {
                # Left alone, OpenVINO takes bf16 wherever the CPU has it, whatever that does to the text.
                "INFERENCE_PRECISION_HINT": Precision.F32 if precision in _IN_INT8 else precision,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": "1",
                # Every child would pin itself to the same first cores.
                "ENABLE_CPU_PINNING": False,
                "CPU_RUNTIME_CACHE_CAPACITY": prepared,
            },
        )
        self._request = compiled.create_infer_request()
        #: What it was given last, whose memory it looks at again when it is given the same.
        self._seen: npt.NDArray[Any] | None = None
        self._release = compiled.release_memory
        self._memory = memory

    def __call__(self, values: npt.NDArray[Any], /) -> list[Floats]:
        """See `Network` and `Layer`. The arrays returned are overwritten by the next call."""
        self._memory.take(self._release)
        if values is not self._seen:
            # Handed to `infer`, it would first be looked at for a tenth of a millisecond, to find out what it is.
            self._request.set_input_tensor(openvino.Tensor(values, shared_memory=True))
            self._seen = values
        return list(self._request.infer(share_outputs=True).values())


def open_openvino(network: Path, *, threads: int, precision: str, memory: WorkingMemory) -> OpenVinoRunner:
    """The network, which answers as it is published, but for what its precision does."""
    model = _prepared(network, precision)
    finds_lines = models.CATALOGUE[network.parent.name].detects
    return OpenVinoRunner(
        model,
        threads=threads,
        precision=precision,
        memory=memory,
        prepared=_PREPARED_FOR_PAGES if finds_lines else _PREPARED_LAYERS,
    )


def open_two_alphabets(network: Path, characters: Sequence[str], *, threads: int, precision: str) -> LineNetwork:
    """A network that reads lines, in two parts if it has a last layer that is known."""
    model = _prepared(network, precision)

    def runner(part: Any) -> OpenVinoRunner:
        return OpenVinoRunner(part, threads=threads, precision=precision, memory=WorkingMemory())

    if parts := in_two_parts(model, common(characters)):
        first, rest = parts
        return TwoAlphabets(runner(first), runner(rest), characters)
    return WholeAlphabet(runner(model))


def read_network(file: Path) -> Any:
    """A network as it was published, but that it sees images, and for some last layers: `seeing`, `in_one_step`."""
    model = openvino.Core().read_model(file)
    return seeing(in_one_step(model) or model, scaling(file.parent))


def _prepared(file: Path, precision: str) -> Any:
    """A network that computes in that precision, as far as it is not for OpenVINO to see to that."""
    model = read_network(file)
    if precision in _IN_INT8:
        round_products(model, ranges_of(file.parent.name), reduced=precision == Precision.INT8_REDUCED)
    join_in_sums(model)
    return model
