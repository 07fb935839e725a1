from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import calibration, ranges
from benchmarks.calibration import draw, inputs, thinned
from ocr_worker.engine.ranges import ranges_of
from read_operations.settings import Settings

NETWORK = "PP-OCRv6_tiny_rec"


@pytest.fixture(scope="module")
def products(models_dir: Path) -> dict[str, ranges.Measured]:
    return ranges.measure(NETWORK, Settings(models_dir=models_dir), pages=3, most=3)


@pytest.mark.parametrize(("most_changed", "all_of_them"), [(1.0, True), (0.0, False)])
def test_ranges_are_those_that_were_measured(
    products: dict[str, ranges.Measured], most_changed: float, monkeypatch: pytest.MonkeyPatch, *, all_of_them: bool
) -> None:
    monkeypatch.setattr(ranges, "_MOST_CHANGED", most_changed)

    measured = ranges.bearing(products)

    # Then: on so few pages they are roughly what they are on many
    assert (len(measured) == 21) == all_of_them
    assert len(measured) >= 3
    written = ranges_of(NETWORK)
    widths = np.array([(np.ptp(measured[each]), np.ptp(written[each])) for each in measured.keys() & written.keys()])
    assert 0.8 < np.median(widths[:, 0] / widths[:, 1]) < 1.25


@pytest.mark.parametrize(
    ("plain", "rounded", "expected"),
    [
        ([0, 5, 7, 0], [0, 5, 7, 0], 0.0),
        ([0, 5, 7, 0], [0, 5, 8, 0], 0.5),
        ([0, 5], [3, 0], 1.0),
        ([0, 0], [0, 0], 0.0),
    ],
)
def test_answers_are_compared_where_there_are_some(plain: list[int], rounded: list[int], expected: float) -> None:
    assert ranges.changed([np.array(plain)], [np.array(rounded)]) == expected


def test_only_measured_ranges_are_written(tmp_path: Path) -> None:
    table = tmp_path / "ranges.json"
    table.write_text(json.dumps({"one": {"a": (-1, 2)}, "two": {"b": (0, 1)}}))

    ranges.write({"two": {"b": (-0.5, 7.25)}}, table)

    assert json.loads(table.read_text()) == {"one": {"a": [-1, 2]}, "two": {"b": [-0.5, 7.25]}}


def test_the_same_pages_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given: of three spoilt pages one is by hand, and there is a neat one of each kind
    monkeypatch.setattr(calibration, "_BY_HAND", 3)
    monkeypatch.setattr(calibration, "_NEAT", 3)

    first, again = list(draw(3)), list(draw(3))

    assert len(first) == 3 + 3
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert len({page.tobytes() for page in first}) == len(first)


def test_networks_are_given_what_the_engine_gives_them(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir)

    pages = inputs("PP-OCRv6_tiny_det", settings, pages=2, most=9)
    lines = inputs("PP-OCRv6_tiny_rec", settings, pages=2, most=9)

    # Given: as many pages as were drawn, or more where a second look was taken
    assert len(pages) >= 2
    assert all(page.shape[1] % 64 == page.shape[2] % 64 == 0 for page in pages)
    assert len(lines) == 9
    assert {line.shape[1] for line in lines} == {48}
    assert all(
        each.dtype == np.uint8 and each.shape[3] in (1, 3) and len(np.unique(each)) > 9 for each in pages + lines
    )


@pytest.mark.parametrize(("count", "most", "expected"), [(0, 3, []), (2, 3, [0, 1]), (9, 3, [0, 3, 6])])
def test_what_is_thinned_is_spread_evenly(count: int, most: int, expected: list[int]) -> None:
    assert thinned(range(count), most) == expected
