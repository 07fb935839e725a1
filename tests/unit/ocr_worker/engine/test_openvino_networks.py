from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino  # type: ignore[import-untyped]
import pytest

from ocr_worker.engine.openvino_networks import in_one_step
from ocr_worker.engine.self_test import draw_page


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_det", "PP-OCRv6_small_det"])
def test_a_map_made_in_one_step_says_the_same(models_dir: Path, name: str) -> None:
    # Given the network as it was published and with other last layers, and a part of a page with two lines of text
    core = openvino.Core()
    path = models_dir / name / "inference.onnx"
    config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    whole = core.compile_model(core.read_model(path), "CPU", config)
    changed = in_one_step(core.read_model(path))
    assert changed is not None
    in_one = core.compile_model(changed, "CPU", config)
    page = draw_page()[64:256, :576].transpose(2, 0, 1)[None] / np.float32(127.5) - 1

    expected, found = whole([page])[0], in_one([page])[0]

    assert found.shape == expected.shape == (1, 1, 192, 576)
    assert expected.max() > 0.9
    assert expected.min() < 0.1
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_network_that_ends_otherwise_is_left_alone(models_dir: Path) -> None:
    recogniser = openvino.Core().read_model(models_dir / "PP-OCRv6_tiny_rec" / "inference.onnx")

    assert in_one_step(recogniser) is None
