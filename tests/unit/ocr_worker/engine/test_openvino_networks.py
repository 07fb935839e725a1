from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino  # type: ignore[import-untyped]
import pytest

from ocr_worker.engine.openvino_networks import in_quarters, joined


def test_a_map_in_quarters_says_the_same(models_dir: Path) -> None:
    # Given the network as it was published and without its last layer
    core = openvino.Core()
    path = models_dir / "PP-OCRv6_tiny_det" / "inference.onnx"
    config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    whole = core.compile_model(core.read_model(path), "CPU", config)
    changed = in_quarters(core.read_model(path))
    assert changed is not None
    quarters = core.compile_model(changed, "CPU", config)
    page = np.random.default_rng(0).normal(size=(1, 3, 64, 96)).astype(np.float32)

    expected, found = whole([page])[0], joined(quarters([page])[0])

    assert found.shape == expected.shape == (1, 1, 64, 96)
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_network_that_ends_otherwise_is_left_alone(models_dir: Path) -> None:
    recogniser = openvino.Core().read_model(models_dir / "PP-OCRv6_tiny_rec" / "inference.onnx")

    assert in_quarters(recogniser) is None


def test_quarters_are_joined_pixel_by_pixel() -> None:
    quarters = np.array([[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]], np.float32)

    assert joined(quarters).tolist() == [[[[1, 2], [3, 4]]]]
