from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ocr_worker import models
from ocr_worker.cpu import read_flags
from ocr_worker.engine import load_engine, precisions
from ocr_worker.engine.precisions import RUNNABLE, CpuClass, Precision, cpu_class, precision_for
from read_operations.settings import EngineName, Mode, Settings

HASWELL = frozenset({"avx2", "fma"})
ZEN_4 = HASWELL | {"avx512f", "avx512_bf16", "avx512_vnni"}
SAPPHIRE_RAPIDS = ZEN_4 | {"amx_tile", "amx_bf16", "amx_int8"}
TABLE = precisions.ROWS.validate_json(precisions.PATH.read_bytes())


@pytest.fixture(autouse=True)
def not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OV_CPU_MAX_ISA", raising=False)


def test_every_model_of_every_mode_has_one_row_for_every_class_of_cpus() -> None:
    wanted = [
        (cpu, mode, model) for cpu, mode in itertools.product(CpuClass, Mode) for model in models.GROUPS[mode.value]
    ]

    assert sorted((row.cpu, row.mode, row.model) for row in TABLE) == sorted(wanted)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.cpu}-{row.mode}-{row.model}")
def test_what_is_chosen_can_run_and_is_what_was_measured(row: precisions.Row) -> None:
    assert row.precision in RUNNABLE[row.cpu]
    if row.bf16 is not None:
        assert precisions.pays(row.bf16) == (row.precision is Precision.BF16)


def test_what_is_chosen_was_measured_on_the_best_class_and_holds_for_the_next() -> None:
    chosen = {(row.cpu, row.mode, row.model): row.precision for row in TABLE}

    for row in TABLE:
        if row.cpu is CpuClass.AMX_BF16:
            assert row.bf16 is not None
            assert row.bf16.pages >= 20
            assert chosen[CpuClass.AVX512_BF16, row.mode, row.model] is row.precision


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (SAPPHIRE_RAPIDS, CpuClass.AMX_BF16),
        (SAPPHIRE_RAPIDS - {"amx_tile"}, CpuClass.AVX512_BF16),  # a kernel that does not let AMX be used
        (ZEN_4, CpuClass.AVX512_BF16),
        (HASWELL, CpuClass.PLAIN),
        (frozenset({"asimd", "bf16"}), CpuClass.PLAIN),
        (frozenset[str](), CpuClass.PLAIN),
    ],
)
def test_a_cpu_is_of_the_best_class_whose_flags_it_has(flags: frozenset[str], expected: CpuClass) -> None:
    assert cpu_class(flags) is expected


def test_held_to_less_it_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OV_CPU_MAX_ISA", "AVX2")

    assert cpu_class(SAPPHIRE_RAPIDS) is CpuClass.PLAIN


@pytest.mark.parametrize("runtime", [EngineName.ONNXRUNTIME, EngineName.PADDLE])
def test_other_runtimes_have_no_choice(runtime: EngineName) -> None:
    assert precision_for(runtime, Mode.ACCURATE, "PP-OCRv6_small_rec", SAPPHIRE_RAPIDS) is Precision.F32


@pytest.mark.parametrize("mode", list(Mode))
def test_an_engine_runs_what_the_table_says(mode: Mode, models_dir: Path) -> None:
    here = cpu_class(read_flags())

    engine = load_engine(Settings(models_dir=models_dir, mode=mode))

    assert engine.info.models == {row.model: row.precision for row in TABLE if (row.cpu, row.mode) == (here, mode)}
