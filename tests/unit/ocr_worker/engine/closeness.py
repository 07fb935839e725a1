from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def assert_close(found: npt.NDArray[Any], expected: npt.NDArray[Any], within: float) -> None:
    """What pytest.approx says, which takes seconds for the million numbers that a network answers with."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=within, equal_nan=False)
