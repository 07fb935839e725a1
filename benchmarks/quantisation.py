"""Networks in INT8, made by NNCF from what they are given on drawn pages.

Importing it imports OpenVINO: only within `ocr_worker.engine.isolation.isolated`.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any, Final

import openvino  # type: ignore[import-untyped]

from benchmarks.calibration import Inputs
from ocr_worker.engine.openvino_networks import in_one_step

#: A quantised network and its weights, in the form of OpenVINO.
NETWORK: Final = "inference.xml"
_WEIGHTS: Final = "inference.bin"


def quantise(network: Path, given: Inputs, folder: Path) -> str:
    """Puts a network into a folder in INT8, as the engine would run it but for what must stay as it is.

    Args:
        network: as it was trained.
        given: what it is given on pages such as it is for.
        folder: where to.

    Returns:
        The SHA-256 of both files.
    """
    # Here, as the rest can do without: it is installed for this alone. The environment that keeps OpenVINO from calling
    # out does so with it.
    import nncf

    nncf.set_log_level(logging.ERROR)
    model = openvino.Core().read_model(network)
    quantised = nncf.quantize(
        in_one_step(model) or model,
        nncf.Dataset(given),
        subset_size=len(given),
        ignored_scope=nncf.IgnoredScope(names=left_out(model)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(quantised, folder / NETWORK, compress_to_fp16=False)
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in (NETWORK, _WEIGHTS))).hexdigest()


def left_out(model: Any) -> list[str]:
    """What breaks a network in INT8: attention and what follows it, all that comes after the first transposition.

    There variances are computed, of which a few are very large: in INT8 the others come out as nothing. Networks that
    find lines have no such part.
    """
    after: dict[str, str] = {}
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        if kind == "Transpose" or any(value.get_node().get_friendly_name() in after for value in node.input_values()):
            after[node.get_friendly_name()] = kind
    return [name for name, kind in after.items() if kind != "Result"]
