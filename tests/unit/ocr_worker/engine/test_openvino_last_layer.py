from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino  # type: ignore[import-untyped]
import pytest

from ocr_worker.engine.openvino_last_layer import in_two_parts
from ocr_worker.engine.self_test import draw_page
from tests.unit.ocr_worker.engine.closeness import assert_close

CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec"])
def test_two_parts_say_what_the_network_says(models_dir: Path, name: str) -> None:
    # Given a network as it was published and in two parts, the first for 95 of its characters, and two lines of text
    core = openvino.Core()
    path = models_dir / name / "inference.onnx"
    chosen = np.append(np.arange(94), core.read_model(path).outputs[0].get_partial_shape()[2].get_length() - 1)
    parts = in_two_parts(core.read_model(path), chosen)
    assert parts is not None
    first, rest = (core.compile_model(part, "CPU", CONFIG).create_infer_request() for part in parts)
    whole = core.compile_model(core.read_model(path), "CPU", CONFIG)
    page = draw_page()
    lines = np.stack([page[top : top + 48, 64:384] for top in (80, 160)]).transpose(0, 3, 1, 2) / np.float32(127.5) - 1

    expected = whole([lines])[0]
    first.infer([lines])
    features, probabilities, fit = (tensor.data for tensor in first.output_tensors)
    rest.infer([features.reshape(-1, features.shape[-1])])
    found = rest.output_tensors[0].data.reshape(expected.shape)

    assert expected[..., 1:].max() > 0.9
    assert_close(found, expected, within=1e-5)
    among_chosen = expected[..., chosen] / expected[..., chosen].sum(-1, keepdims=True)
    assert_close(probabilities, among_chosen, within=1e-4)
    # And the fit is what the published weights say.
    nodes = core.read_model(path).get_ordered_ops()
    product, add = ([node for node in nodes if node.get_type_name() == kind][-1] for kind in ("MatMul", "Add"))
    weights, bias = (node.input_value(1).get_node().get_data()[..., chosen] for node in (product, add))
    logit = (features @ weights + bias).max(-1)
    usual_length = np.sqrt(np.square(weights).sum(0).mean())
    assert_close(fit[..., 0], logit / np.linalg.norm(features, axis=-1) / usual_length, within=1e-4)


def test_a_network_that_ends_otherwise_is_left_alone(models_dir: Path) -> None:
    detector = openvino.Core().read_model(models_dir / "PP-OCRv6_tiny_det" / "inference.onnx")

    assert in_two_parts(detector, np.arange(2)) is None
