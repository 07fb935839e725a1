"""Bytes changed and cut at random: the outcome is a page or an error of ours, whatever the decoders make of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from read_operations.records import Format
from tests.faults.fuzz_targets import SAMPLES, endure


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "document"


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    share=st.floats(0, 1) | st.just(1.0),
)
@example(changes=[], share=0.0)
@example(changes=[], share=1.0)
def test_changed_and_cut(path: Path, name: str, changes: list[tuple[float, int]], share: float) -> None:
    format, sample = SAMPLES[name]
    data = bytearray(sample)
    for at, value in changes:
        data[int(at * len(data))] = value

    endure(path, bytes(data[: round(share * len(data))]), format)


@pytest.mark.parametrize("format", Format)
@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400))
def test_noise_behind_a_header(path: Path, format: Format, noise: bytes) -> None:
    heads = {Format.JPEG: 24, Format.PNG: 33, Format.BMP: 54, Format.TIFF: 8, Format.PDF: 15}
    sample = next(data for kind, data in SAMPLES.values() if kind is format)

    endure(path, sample[: heads[format]] + noise, format)


@pytest.mark.parametrize("sent", SAMPLES)
@pytest.mark.parametrize("format", Format)
def test_one_format_under_another_s_name(path: Path, sent: str, format: Format) -> None:
    actual, data = SAMPLES[sent]
    if actual is not format:
        endure(path, data, format)
