from __future__ import annotations

from pathlib import Path

import pytest

from ocr_worker.cpu import CpuUnsupported
from ocr_worker.models import ModelMissing
from ocr_worker.trial import read_first_page
from read_operations.records import Format
from read_operations.settings import Mode, Settings
from readfleet import samples

NOTICE = samples.paths()[1]


def test_the_page_is_read_by_the_engine_of_the_settings(models_dir: Path) -> None:
    trial = read_first_page(Settings(models_dir=models_dir, mode=Mode.FAST), NOTICE, Format.JPEG)

    assert trial.engine.models.keys() == {"PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec"}
    assert [line.text for line in trial.page.lines] == samples.text(NOTICE).splitlines()
    assert trial.load_s > trial.read_s > 0


def test_a_cpu_without_avx2_is_refused(models_dir: Path) -> None:
    with pytest.raises(CpuUnsupported, match=r"no AVX2 \(the best it has is avx\)"):
        read_first_page(Settings(models_dir=models_dir, cpu_flags="avx"), NOTICE, Format.JPEG)


def test_missing_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="readfleet models"):
        read_first_page(Settings(models_dir=tmp_path), NOTICE, Format.JPEG)
