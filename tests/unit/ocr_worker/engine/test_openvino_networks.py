from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino  # type: ignore[import-untyped]
import pytest

from ocr_worker.engine.description import scaling
from ocr_worker.engine.openvino_networks import before, in_one_step, join_in_sums, seeing
from ocr_worker.engine.self_test import draw_page
from tests.unit.ocr_worker.engine.closeness import assert_close


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_det", "PP-OCRv6_small_det"])
def test_a_map_made_in_one_step_says_the_same(models_dir: Path, name: str) -> None:
    # Given the network as it was published and with other last layers, and a part of a page with two lines of text
    path = models_dir / name / "inference.onnx"
    whole = compiled(read(path))
    changed = in_one_step(read(path))
    assert changed is not None
    in_one = compiled(changed)
    page = draw_page()[64:256, :576].transpose(2, 0, 1)[None] / np.float32(127.5) - 1

    expected, found = whole([page])[0], in_one([page])[0]

    assert found.shape == expected.shape == (1, 1, 192, 576)
    assert expected.max() > 0.9
    assert expected.min() < 0.1
    assert_close(found, expected, within=1e-5)


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_det", "PP-OCRv6_small_rec"])
def test_a_network_sees_what_it_was_given_in_numbers(models_dir: Path, name: str) -> None:
    # Given a network as it was published, one that sees images, and two images in colour
    path = models_dir / name / "inference.onnx"
    scale = scaling(path.parent)
    published, sees = compiled(read(path)), compiled(seeing(read(path), scale))
    page = draw_page()
    page[..., 0] //= 2
    images = np.ascontiguousarray([page[88:136, 50:690], page[168:216, 50:690]])
    numbers = (images[..., ::-1] / 255 - scale.means) / scale.deviations

    expected, found = published([numbers.transpose(0, 3, 1, 2).astype(np.float32)])[0], sees([images])[0]

    assert_close(found, expected, within=1e-4)


def test_a_network_sees_grey_as_it_sees_three_equal_channels(models_dir: Path) -> None:
    path = models_dir / "PP-OCRv6_tiny_det" / "inference.onnx"
    sees = compiled(seeing(read(path), scaling(path.parent)))
    page = np.ascontiguousarray(draw_page()[None, 64:256, :576])

    grey, colour = sees([page[..., :1].copy()])[0].copy(), sees([page])[0].copy()

    assert np.array_equal(grey, colour)
    assert grey.max() > 0.9


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_det", "PP-OCRv6_small_det", "PP-OCRv6_small_rec"])
def test_images_that_are_summed_say_the_same_as_joined_ones(models_dir: Path, name: str) -> None:
    path = models_dir / name / "inference.onnx"
    plain, changed = (seeing(read(path), scaling(path.parent)) for _ in range(2))
    joined = convolutions_of_joined(changed)
    join_in_sums(changed)
    line = np.ascontiguousarray(draw_page()[None, 80:144, :640] if "det" in name else draw_page()[None, 88:136, 50:690])

    assert joined > 0
    assert convolutions_of_joined(changed) == 0
    assert_close(compiled(changed)([line])[0], compiled(plain)([line])[0], within=1e-4)


def convolutions_of_joined(model: Any) -> int:
    return sum(
        node.get_type_name() == "Convolution" and before(node, "Concat") is not None for node in model.get_ordered_ops()
    )


def read(path: Path) -> Any:
    return openvino.Core().read_model(path)


def compiled(model: Any) -> Any:
    config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    return openvino.Core().compile_model(model, "CPU", config)


def test_a_network_that_ends_otherwise_is_left_alone(models_dir: Path) -> None:
    recogniser = read(models_dir / "PP-OCRv6_tiny_rec" / "inference.onnx")

    assert in_one_step(recogniser) is None
