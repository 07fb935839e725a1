"""Running networks as a CPU with fewer instructions would."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from ocr_worker import cpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What the networks are computed with."""

    #: Flags that a CPU needs for it.
    flags: frozenset[str]
    #: By which OpenVINO and oneDNN in it are held to that; None leaves them all that there is.
    switch: str | None


INSTRUCTIONS: Final = {
    "all": Instructions(flags=frozenset(), switch=None),
    "avx512_vnni": Instructions(flags=frozenset({"avx512_vnni"}), switch="AVX512_CORE_VNNI"),
    "avx2_vnni": Instructions(flags=frozenset({"avx_vnni"}), switch="AVX2_VNNI"),
    "avx2": Instructions(flags=frozenset({"avx2"}), switch="AVX2"),
}


def hold_to(switch: str | None) -> None:
    """Holds the networks of this process to instructions, before it runs the first one.

    `OV_CPU_MAX_ISA` alone leaves INT8 all there is, AMX included, and `ONEDNN_MAX_CPU_ISA` alone ends with a
    segmentation fault. With both of them nothing else is computed with.
    """
    cpu.limit_threads(1)
    if switch is None:
        return
    os.environ["OV_CPU_MAX_ISA"] = os.environ["ONEDNN_MAX_CPU_ISA"] = switch
    from ocr_worker.engine.isolation import isolated

    with isolated():
        import openvino  # type: ignore[import-untyped]
        from openvino import opset13 as opset
    # oneDNN looks at its switch once, when it is first used.
    x = opset.parameter([1, 8])
    product = opset.matmul(x, opset.constant([[1.0]] * 8, dtype="float32"), False, False)
    openvino.Core().compile_model(openvino.Model([product], [x]), "CPU").create_infer_request().infer()
    del os.environ["ONEDNN_MAX_CPU_ISA"]  # the engine would warn of it
