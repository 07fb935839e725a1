from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.quantiles import counted_quantile, median, quantile


@given(st.lists(st.integers(0, 255), min_size=1, max_size=60), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[int], share: float) -> None:
    array = np.array(values, np.uint8)

    assert quantile(array, share) == pytest.approx(float(np.quantile(array, share)))
    assert median(array) == pytest.approx(float(np.median(array)))


@given(st.lists(st.integers(0, 255), min_size=1, max_size=60), st.floats(0, 1))
def test_values_may_be_counted(values: list[int], share: float) -> None:
    array = np.array(values, np.uint8)

    counted = counted_quantile(np.bincount(array, minlength=256), share)

    assert counted == np.quantile(array, share, method="lower")


def test_the_shape_does_not_matter() -> None:
    array = np.random.default_rng(1).normal(size=(7, 12))

    assert quantile(array[:, ::2], 0.99) == pytest.approx(float(np.quantile(array[:, ::2], 0.99)))
