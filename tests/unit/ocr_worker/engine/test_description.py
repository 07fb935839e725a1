from __future__ import annotations

from pathlib import Path

import pytest

from ocr_worker import models
from ocr_worker.engine.description import characters, detection, scaling


@pytest.mark.parametrize("model", [name for name, model in models.CATALOGUE.items() if model.detects])
def test_every_model_that_finds_text_says_how(model: str, models_dir: Path) -> None:
    found = detection(models_dir / model)

    assert 0 < found.pixel_threshold < found.region_threshold < 1
    assert found.growth > 1
    assert found.most >= 1000


@pytest.mark.parametrize("model", models.CATALOGUE)
def test_every_model_says_how_pixels_are_scaled(model: str, models_dir: Path) -> None:
    found = scaling(models_dir / model)

    assert len(found.means) == len(found.deviations) == 3
    assert all(0.2 < number < 0.6 for number in (*found.means, *found.deviations))
    assert models.CATALOGUE[model].detects == (len(set(found.means)) > 1)


@pytest.mark.parametrize(("model", "count"), [("PP-OCRv6_tiny_rec", 6906), ("PP-OCRv6_small_rec", 18710)])
def test_characters_are_as_many_as_the_network_has_answers(model: str, count: int, models_dir: Path) -> None:
    found = characters(models_dir / model)

    assert len(found) == count
    assert found[0] == ""
    assert found[-1] == " "
    assert {"A", "z", "0", "é", "中"} <= set(found)
