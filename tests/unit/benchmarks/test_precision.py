from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import precision
from benchmarks.bench.rendered import draw_sets
from benchmarks.instructions import process_of
from ocr_worker.engine.precisions import PATH, ROWS, CpuClass, Measured, Precision, Row
from read_operations.settings import Mode


def test_each_network_is_measured_in_fewer_bits(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READFLEET_MODELS_DIR", str(models_dir))
    letters, *_ = draw_sets(tmp_path, 1)

    with process_of(CpuClass.PLAIN) as child:
        rows = child.submit(precision.measure, CpuClass.PLAIN, Mode.FAST, letters.pages).result()

    assert [row.model for row in rows] == ["PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec"]
    for row in rows:
        ((bits, measured),) = row.measured.items()
        assert bits is Precision.INT8_REDUCED
        assert measured.pages == 1
        assert abs(measured.f1_change) < 0.02


def test_only_measured_rows_are_written(tmp_path: Path) -> None:
    before = ROWS.validate_json(PATH.read_bytes())
    table = tmp_path / "table.json"
    table.write_bytes(ROWS.dump_json(before))
    change = before[3]
    new = Row(
        cpu=change.cpu,
        mode=change.mode,
        model=change.model,
        measured={Precision.INT8: Measured(f1_change=0.0, time_ratio=0.123, pages=7)},
    )

    precision.write([new], table)

    assert ROWS.validate_json(table.read_bytes()) == [*before[:3], new, *before[4:]]
