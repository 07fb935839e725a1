"""Networks in INT8 against what they are in float32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ocr_worker import models
from ocr_worker.engine import crops
from ocr_worker.engine.description import characters
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.networks import Images, open_network
from ocr_worker.engine.precisions import Precision
from ocr_worker.engine.ranges import PATH, TABLE, ranges_of
from ocr_worker.engine.recogniser import Recogniser
from ocr_worker.engine.self_test import LINES, draw_page
from ocr_worker.engine.steps import open_line_network
from read_operations.settings import EngineName, Mode

with isolated():
    import openvino  # type: ignore[import-untyped]

    from ocr_worker.engine.openvino_int8 import products, round_products
    from ocr_worker.engine.openvino_runner import read_network

NAMES = models.GROUPS[Mode.CASCADE.value]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def network(models_dir: Path, name: str) -> Any:
    return read_network(models_dir / name / "inference.onnx")


def given(name: str) -> Images:
    """The self-test page, whole or its first line, as networks are given it."""
    page = draw_page()
    return np.ascontiguousarray(page[:640, :960] if models.CATALOGUE[name].detects else page[88:136, 50:690])[None]


def test_every_network_has_the_ranges_of_its_products(models_dir: Path, name: str) -> None:
    assert set(TABLE.validate_json(PATH.read_bytes())) == set(NAMES)
    ranges = ranges_of(name)

    known = products(network(models_dir, name))
    assert ranges.keys() <= known.keys()
    assert len(ranges) >= 0.8 * len(known)
    for low, high in ranges.values():
        assert -1000 < low <= 0 <= high < 1000
        assert high - low > 0.1


def test_products_at_either_end_and_of_single_places_are_left(models_dir: Path, name: str) -> None:
    model = network(models_dir, name)

    found = products(model)

    for node in found.values():
        assert node.get_type_name() == "MatMul" or list(node.get_input_partial_shape(0))[2:] != [1, 1]
    first = next(node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution")
    assert first.get_friendly_name() not in found
    behind = model.get_results()[0].input_value(0).get_node()
    while behind.get_type_name() not in ("Convolution", "MatMul"):
        behind = behind.input_value(0).get_node()
    assert behind.get_friendly_name() not in found


@pytest.mark.parametrize("reduced", [False, True])
def test_products_are_computed_in_whole_numbers(models_dir: Path, name: str, *, reduced: bool) -> None:
    plain, rounded = network(models_dir, name), network(models_dir, name)
    round_products(rounded, ranges_of(name), reduced=reduced)
    x = given(name)

    def answer(model: Any) -> tuple[npt.NDArray[np.float32], int]:
        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERF_COUNT": True}
        request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
        request.infer([x])
        ran = [
            each for each in request.profiling_info if each.node_type.endswith(("Convolution", "Connected", "MatMul"))
        ]
        return request.output_tensors[0].data.copy(), sum(each.exec_type.endswith("_I8") for each in ran)

    expected, none = answer(plain)
    found, whole = answer(rounded)

    # Then: OpenVINO makes one of two products now and then, and of a product and what is done to it
    assert none == 0
    assert whole >= 0.9 * len(ranges_of(name))
    if models.CATALOGUE[name].detects:
        assert np.mean((found > 0.3) != (expected > 0.3)) < 0.02
    else:
        assert np.mean(found.argmax(-1) != expected.argmax(-1)) < 0.03


def test_sums_of_reduced_weights_fit_into_sixteen_bits(models_dir: Path) -> None:
    model = network(models_dir, "PP-OCRv6_tiny_rec")
    names = list(ranges_of("PP-OCRv6_tiny_rec"))
    round_products(model, ranges_of("PP-OCRv6_tiny_rec"), reduced=True)
    nodes = {node.get_friendly_name(): node for node in model.get_ops()}

    for each in names:
        rounding = nodes[each].input_value(1).get_node()
        weights, low, high, *_ = (rounding.input_value(i).get_node().data for i in range(5))
        steps = weights / ((high - low) / (rounding.get_attributes()["levels"] - 1))
        assert 60 < np.abs(steps).max() < 64
        assert 2 * 255 * np.abs(np.round(steps)).max() < 2**15


def test_zero_is_one_of_the_steps(models_dir: Path, name: str) -> None:
    model = network(models_dir, name)
    found = products(model)
    round_products(model, ranges_of(name), reduced=False)

    for product, (low, high) in ranges_of(name).items():
        rounding = found[product].input_value(0).get_node()
        bounds = [float(rounding.input_value(i).get_node().data) for i in (1, 2, 3, 4)]
        assert bounds[:2] == bounds[2:]
        step = (bounds[1] - bounds[0]) / (rounding.get_attributes()["levels"] - 1)
        assert step == pytest.approx((high - low) / 255, rel=1e-3)
        assert bounds[0] / step == pytest.approx(round(bounds[0] / step), abs=1e-2)
        assert bounds[0] == pytest.approx(low, abs=step)


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT8_REDUCED])
def test_networks_are_opened_in_int8(models_dir: Path, name: str, precision: Precision) -> None:
    def answer(chosen: Precision) -> npt.NDArray[np.float32]:
        with isolated():
            opened = open_network(models_dir / name, runtime=EngineName.OPENVINO, threads=1, precision=chosen)
        return opened(given(name))[0].copy()

    plain, rounded = answer(Precision.F32), answer(precision)

    assert not np.array_equal(plain, rounded)
    assert np.abs(plain - rounded).mean() < 0.02


@pytest.mark.parametrize("shortcut", [True, False])
@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec"], indirect=True)
def test_lines_read_the_same_in_int8(models_dir: Path, name: str, *, shortcut: bool) -> None:
    alphabet = characters(models_dir / name)
    line = crops.cut(draw_page(), np.array([(50.0, 88.0), (950.0, 88.0), (950.0, 136.0), (50.0, 136.0)]))

    def read(chosen: Precision) -> LineText:
        with isolated():
            opened = open_line_network(
                models_dir / name,
                alphabet,
                runtime=EngineName.OPENVINO,
                threads=1,
                precision=chosen,
                shortcut=shortcut,
            )
        return Recogniser(opened, alphabet).read([line])[0]

    plain, rounded = read(Precision.F32), read(Precision.INT8)

    assert plain.text == rounded.text == LINES[0]
    assert plain.score != rounded.score


def test_ranges_of_another_network_are_refused(models_dir: Path) -> None:
    with pytest.raises(ValueError, match="another network"):
        round_products(network(models_dir, "PP-OCRv6_tiny_rec"), ranges_of("PP-OCRv6_small_rec"), reduced=False)
