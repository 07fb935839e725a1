"""In which precision each network runs: looked up in `precisions.json`, which `benchmarks/precision.py` measures.

Half the bits are up to twice the speed where the CPU has them in hardware, and not every model's text stays as it was.
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

#: bf16 must save a part of the time that shows,
_MOST_TIME: Final = 0.97
#: and F1 may become less by this.
_LEAST_CHANGE: Final = -0.001
#: The table.
PATH: Final = Path(__file__).with_name("precisions.json")


class Precision(StrEnum):
    """Names as OpenVINO has them."""

    F32 = "f32"
    BF16 = "bf16"


class CpuClass(StrEnum):
    """CPUs by what they multiply in hardware, from best to least."""

    AMX_BF16 = "amx_bf16"
    AVX512_BF16 = "avx512_bf16"
    PLAIN = "plain"  # nothing but f32


#: Flags that a class needs.
_FLAGS: Final[Mapping[CpuClass, frozenset[str]]] = {
    CpuClass.AMX_BF16: frozenset({"amx_bf16", "amx_tile"}),
    CpuClass.AVX512_BF16: frozenset({"avx512_bf16"}),
    CpuClass.PLAIN: frozenset(),
}
#: What a class can run in hardware; anything else it would only imitate.
RUNNABLE: Final[Mapping[CpuClass, frozenset[Precision]]] = {
    CpuClass.AMX_BF16: frozenset(Precision),
    CpuClass.AVX512_BF16: frozenset(Precision),
    CpuClass.PLAIN: frozenset({Precision.F32}),
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Record):
    """What a page takes and what is read of it with a model in bf16, against all models in f32."""

    #: F1 of words in any order, minus that in f32.
    f1_change: float
    #: Processor time of whole pages, divided by that in f32.
    time_ratio: float
    pages: int


def pays(measured: Measured) -> bool:
    """Whether bf16 is chosen: it must save time, and what it may cost of F1 is within what chance does to it."""
    return measured.time_ratio <= _MOST_TIME and measured.f1_change >= _LEAST_CHANGE


class Row(_Record):
    """What a model runs in when it reads in a mode on CPUs of a class."""

    cpu: CpuClass
    mode: Mode
    model: str
    precision: Precision
    #: None where it was not measured: there the row of the next better class is repeated, or there is no choice.
    bf16: Measured | None = None


ROWS: Final[TypeAdapter[list[Row]]] = TypeAdapter(list[Row])


def precision_for(runtime: EngineName, mode: Mode, model: str, flags: frozenset[str]) -> Precision:
    """What a model runs in: as the table says for OpenVINO, f32 for the other runtimes, which have no choice."""
    return _table()[cpu_class(flags), mode, model] if runtime is EngineName.OPENVINO else Precision.F32


def cpu_class(flags: frozenset[str]) -> CpuClass:
    """The best class whose flags a CPU has."""
    # Held to a lesser instruction set by its own variable, OpenVINO gives empty outputs in bf16.
    if "OV_CPU_MAX_ISA" in os.environ:
        return CpuClass.PLAIN
    return next(each for each, needed in _FLAGS.items() if needed <= flags)


@cache
def _table() -> dict[tuple[CpuClass, Mode, str], Precision]:
    return {(row.cpu, row.mode, row.model): row.precision for row in ROWS.validate_json(PATH.read_bytes())}
