from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.bench.rendered import draw_sets
from benchmarks.calibration import draw, inputs, thinned
from benchmarks.int8 import alone, measure, network
from ocr_worker.engine.isolation import isolated
from read_operations.settings import Mode, Settings


def test_what_stands_in_for_a_network_is_measured(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given: a better and slower network in place of the quick detector
    monkeypatch.setenv("READFLEET_MODELS_DIR", str(models_dir))
    name = "PP-OCRv6_tiny_det"
    with isolated():
        import openvino  # type: ignore[import-untyped]
    slow = openvino.Core().read_model(models_dir / "PP-OCRv6_small_det" / "inference.onnx")
    network(tmp_path, name).parent.mkdir()
    openvino.save_model(slow, network(tmp_path, name))

    letters, *_ = draw_sets(tmp_path / "pages", 1)
    ((measured, against),) = measure(Mode.FAST, [name], tmp_path, letters.pages)

    assert measured == name
    assert against.pages == 1
    assert against.time_ratio > 1.05
    assert abs(against.f1_change) < 0.02


@pytest.mark.parametrize("name", ["PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec"])
def test_a_network_answers_as_itself_and_not_as_another(name: str, models_dir: Path, tmp_path: Path) -> None:
    with isolated():
        import openvino
    settings = Settings(models_dir=models_dir, mode=Mode.FAST)

    def standing_in(change: float) -> Path:
        model = openvino.Core().read_model(models_dir / name / "inference.onnx")
        first = next(node for node in model.get_ordered_ops() if "Convolution" in node.get_type_name())
        targets = first.output(0).get_target_inputs()
        spoilt = openvino.opset13.multiply(first, np.float32(change))
        for target in targets:
            target.replace_source_output(spoilt.output(0))
        file = tmp_path / f"{change}.xml"
        openvino.save_model(model, file, compress_to_fp16=False)
        return file

    (_, same), (_, blind) = (alone(name, settings, standing_in(by), pages=1, most=2) for by in (1.0, 0.0))

    assert same < 0.01
    assert blind > 0.5


def test_attention_and_what_follows_stays_as_it_is(models_dir: Path) -> None:
    with isolated():
        import openvino

        from benchmarks.quantisation import left_out

    def kinds(name: str) -> tuple[Counter[str], Counter[str]]:
        model = openvino.Core().read_model(models_dir / name / "inference.onnx")
        of = {node.get_friendly_name(): node.get_type_name() for node in model.get_ops()}
        return Counter(of[each] for each in left_out(model)), Counter(of.values())

    for name in ("PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec"):
        left, all_of_it = kinds(name)
        assert left["MatMul"] == all_of_it["MatMul"] > 0
        assert left["Power"] == all_of_it["Power"]
        assert left["Convolution"] <= 1
        assert all_of_it["Convolution"] > 20
    assert not kinds("PP-OCRv6_tiny_det")[0]


def test_the_same_pages_are_drawn_again() -> None:
    first, again = list(draw(8)), list(draw(8))

    assert len(first) == 8 + 3
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert len({page.tobytes() for page in first}) == len(first)


def test_networks_are_given_what_the_engine_gives_them(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir)

    pages = inputs("PP-OCRv6_tiny_det", settings, pages=2, most=9)
    lines = inputs("PP-OCRv6_tiny_rec", settings, pages=2, most=9)

    # Given: as many pages as were drawn, or more where a second look was taken
    assert len(pages) >= 2
    assert all(page.shape[:2] == (1, 3) and page.shape[2] % 64 == page.shape[3] % 64 == 0 for page in pages)
    assert len(lines) == 9
    assert all(line.shape[1:3] == (3, 48) and -1 <= line.min() < line.max() <= 1 for line in lines)


@pytest.mark.parametrize(("count", "most", "expected"), [(0, 3, []), (2, 3, [0, 1]), (9, 3, [0, 3, 6])])
def test_what_is_thinned_is_spread_evenly(count: int, most: int, expected: list[int]) -> None:
    assert thinned(range(count), most) == expected
