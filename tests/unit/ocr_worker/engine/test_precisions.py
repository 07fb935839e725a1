from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ocr_worker import models
from ocr_worker.cpu import read_flags
from ocr_worker.engine import load_engine, precisions
from ocr_worker.engine.precisions import (
    FEWER_BITS,
    MEASURED_IN,
    CpuClass,
    Measured,
    Precision,
    choose,
    chosen,
    cpu_class,
    precision_for,
)
from read_operations.settings import EngineName, Mode, Settings

HASWELL = frozenset({"avx2", "fma"})
ALDER_LAKE = HASWELL | {"avx_vnni"}
ICE_LAKE = HASWELL | {"avx512f", "avx512_vnni"}
ZEN_4 = ICE_LAKE | {"avx512_bf16"}
SAPPHIRE_RAPIDS = ZEN_4 | {"amx_tile", "amx_bf16", "amx_int8"}
TABLE = precisions.ROWS.validate_json(precisions.PATH.read_bytes())


@pytest.fixture(autouse=True)
def not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OV_CPU_MAX_ISA", raising=False)


def test_every_model_of_every_mode_that_asks_for_it_has_one_row_for_every_class_of_cpus() -> None:
    wanted = [
        (cpu, mode, model)
        for cpu, mode in itertools.product(CpuClass, Mode)
        for model in models.GROUPS[mode.value]
        if (mode, model) not in MEASURED_IN
    ]

    assert sorted((row.cpu, row.mode, row.model) for row in TABLE) == sorted(wanted)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.cpu}-{row.mode}-{row.model}")
def test_everything_a_class_can_run_was_measured_on_many_pages(row: precisions.Row) -> None:
    assert tuple(row.measured) == FEWER_BITS[row.cpu]
    assert min(each.pages for each in row.measured.values()) >= 30


@pytest.mark.parametrize(
    ("bf16", "int8", "expected"),
    [
        ((0.8, 0.0), (0.7, 0.0), Precision.INT8),
        ((0.8, -0.001), (0.7, -0.0011), Precision.BF16),
        ((0.98, 0.01), (0.97, -0.001), Precision.INT8),
        ((0.98, 0.0), (0.5, -0.002), Precision.F32),
    ],
)
def test_the_quickest_is_chosen_that_costs_no_text(
    bf16: tuple[float, float], int8: tuple[float, float], expected: Precision
) -> None:
    measured = {
        precision: Measured(time_ratio=time, f1_change=change, pages=40)
        for precision, (time, change) in ((Precision.BF16, bf16), (Precision.INT8, int8))
    }

    assert choose(measured) is expected


def test_what_was_not_measured_is_not_chosen() -> None:
    assert choose({}) is Precision.F32


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (SAPPHIRE_RAPIDS, CpuClass.AMX_BF16),
        (SAPPHIRE_RAPIDS - {"amx_tile"}, CpuClass.AVX512_BF16),  # a kernel that does not let AMX be used
        (ZEN_4, CpuClass.AVX512_BF16),
        (ICE_LAKE, CpuClass.AVX512_VNNI),
        (ALDER_LAKE, CpuClass.AVX_VNNI),
        (HASWELL, CpuClass.PLAIN),
        (frozenset({"asimd", "bf16"}), None),
        (frozenset[str](), None),
    ],
)
def test_a_cpu_is_of_the_best_class_whose_flags_it_has(flags: frozenset[str], expected: CpuClass | None) -> None:
    assert cpu_class(flags) is expected


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.cpu}-{row.mode}-{row.model}")
def test_held_to_less_all_is_float32(row: precisions.Row, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = precisions.FLAGS[row.cpu] | HASWELL
    assert precision_for(EngineName.OPENVINO, row.mode, row.model, flags) is row.precision

    monkeypatch.setenv("OV_CPU_MAX_ISA", "AVX2")

    assert precision_for(EngineName.OPENVINO, row.mode, row.model, flags) is Precision.F32


@pytest.mark.parametrize("cpu", CpuClass)
def test_what_a_mode_seldom_asks_for_runs_as_where_every_page_does(cpu: CpuClass) -> None:
    (row,) = (row for row in TABLE if (row.cpu, row.mode, row.model) == (cpu, Mode.ACCURATE, "PP-OCRv6_small_det"))

    assert chosen(cpu, Mode.CASCADE, "PP-OCRv6_small_det") is row.precision


def test_a_cpu_of_no_class_runs_float32() -> None:
    assert precision_for(EngineName.OPENVINO, Mode.CASCADE, "PP-OCRv6_small_rec", frozenset({"asimd"})) is Precision.F32


@pytest.mark.parametrize("runtime", [EngineName.ONNXRUNTIME, EngineName.PADDLE])
def test_other_runtimes_have_no_choice(runtime: EngineName) -> None:
    assert precision_for(runtime, Mode.ACCURATE, "PP-OCRv6_small_rec", SAPPHIRE_RAPIDS) is Precision.F32


@pytest.mark.parametrize("mode", list(Mode))
def test_an_engine_runs_what_the_table_says(mode: Mode, models_dir: Path) -> None:
    here = cpu_class(read_flags())

    engine = load_engine(Settings(models_dir=models_dir, mode=mode))

    assert here is not None
    assert engine.info.models == {name: chosen(here, mode, name) for name in models.GROUPS[mode.value]}
