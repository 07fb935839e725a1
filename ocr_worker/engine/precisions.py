"""In which precision each network runs: looked up in `precisions.json`, which `benchmarks/precision.py` measures.

Fewer bits are up to twice the speed where the CPU has them in hardware, and not every model's text stays as it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from read_operations.settings import EngineName, Mode

#: Fewer bits must save a part of the time that shows,
_MOST_TIME: Final = 0.97
#: and F1 may become less by this.
_LEAST_CHANGE: Final = -0.001
#: Networks that a mode's pages ask for too seldom to be measured in it: in which mode they are measured.
MEASURED_IN: Final[Mapping[tuple[Mode, str], Mode]] = {(Mode.CASCADE, "PP-OCRv6_small_det"): Mode.ACCURATE}
#: The table.
PATH: Final = Path(__file__).with_name("precisions.json")


class Precision(StrEnum):
    """What a network computes its products in; those in INT8 leave all else in float32."""

    F32 = "f32"
    BF16 = "bf16"
    INT8 = "int8"
    #: Weights in seven bits: CPUs without VNNI add products of bytes in pairs, in 16 bits, which others would overflow.
    INT8_REDUCED = "int8_reduced"


class CpuClass(StrEnum):
    """CPUs by what they multiply in hardware, from best to least."""

    AMX_BF16 = "amx_bf16"
    AVX512_BF16 = "avx512_bf16"
    AVX512_VNNI = "avx512_vnni"
    AVX_VNNI = "avx_vnni"
    PLAIN = "plain"  # AVX2, or AVX-512 alone


#: Flags that a class needs.
FLAGS: Final[Mapping[CpuClass, frozenset[str]]] = {
    CpuClass.AMX_BF16: frozenset({"amx_bf16", "amx_tile"}),
    CpuClass.AVX512_BF16: frozenset({"avx512_bf16"}),
    CpuClass.AVX512_VNNI: frozenset({"avx512_vnni"}),
    CpuClass.AVX_VNNI: frozenset({"avx_vnni"}),
    CpuClass.PLAIN: frozenset({"avx2"}),
}
_WITH_BF16: Final = (Precision.BF16, Precision.INT8)
#: What a class can run in hardware besides float32; anything else it would only imitate.
FEWER_BITS: Final[Mapping[CpuClass, tuple[Precision, ...]]] = {
    CpuClass.AMX_BF16: _WITH_BF16,
    CpuClass.AVX512_BF16: _WITH_BF16,
    CpuClass.AVX512_VNNI: (Precision.INT8,),
    CpuClass.AVX_VNNI: (Precision.INT8,),
    CpuClass.PLAIN: (Precision.INT8_REDUCED,),
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Record):
    """What a page takes and what is read of it with one model in fewer bits, against all models in float32."""

    #: F1 of words in any order, minus that in float32.
    f1_change: float
    #: Processor time of whole pages, divided by that in float32.
    time_ratio: float
    pages: int


def choose(measured: Mapping[Precision, Measured]) -> Precision:
    """The quickest of those that save time and cost no more of F1 than what chance does to it; else float32."""
    paying = {
        precision: each.time_ratio
        for precision, each in measured.items()
        if each.time_ratio <= _MOST_TIME and each.f1_change >= _LEAST_CHANGE
    }
    return min(paying, key=paying.__getitem__, default=Precision.F32)


class Row(_Record):
    """What a model was measured in when it reads in a mode on CPUs of a class."""

    cpu: CpuClass
    mode: Mode
    model: str
    measured: dict[Precision, Measured]

    @property
    def precision(self) -> Precision:
        """What it runs in there."""
        return choose(self.measured)


ROWS: Final[TypeAdapter[list[Row]]] = TypeAdapter(list[Row])


def precision_for(runtime: EngineName, mode: Mode, model: str, flags: frozenset[str]) -> Precision:
    """What a model runs in: as the table says for OpenVINO, float32 for the other runtimes, which have no choice.

    Float32, too, on CPUs of no class, and where OpenVINO is held to fewer instructions by its own variable: then its
    outputs are empty in bfloat16, and INT8 is computed with all instructions nevertheless.
    """
    cpus = cpu_class(flags)
    if runtime is not EngineName.OPENVINO or cpus is None or "OV_CPU_MAX_ISA" in os.environ:
        return Precision.F32
    return chosen(cpus, mode, model)


def chosen(cpus: CpuClass, mode: Mode, model: str) -> Precision:
    """What the table says of a model on CPUs of a class."""
    return _table()[cpus, MEASURED_IN.get((mode, model), mode), model]


def cpu_class(flags: frozenset[str]) -> CpuClass | None:
    """The best class whose flags a CPU has; None if it has those of none, as Arm."""
    return next((each for each, needed in FLAGS.items() if needed <= flags), None)


@cache
def _table() -> dict[tuple[CpuClass, Mode, str], Precision]:
    return {(row.cpu, row.mode, row.model): row.precision for row in ROWS.validate_json(PATH.read_bytes())}
