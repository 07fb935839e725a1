from __future__ import annotations

import pytest

from api_gateway.wire.appearance import appearance, preview_appearance


@pytest.mark.parametrize(
    ("handwriting", "name", "confidence"), [(0.0, "other", 1), (0.122, "other", 0.878), (0.9604, "handwriting", 0.96)]
)
def test_the_more_probable_style_is_given(handwriting: float, name: str, confidence: float) -> None:
    assert appearance(handwriting) == {"style": {"name": name, "confidence": confidence}}


def test_the_preview_is_flat_and_speaks_of_print() -> None:
    assert preview_appearance(0) == {"style": "print", "styleConfidence": 1}
    assert preview_appearance(0.676) == {"style": "handwriting", "styleConfidence": 0.676}
