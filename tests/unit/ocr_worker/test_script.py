from __future__ import annotations

import pytest

from ocr_worker.script import is_latin


@pytest.mark.parametrize("text", ["Größe", "1,284.50", "", "Ångström 東京", "a\ud800"])
def test_latin(text: str) -> None:
    assert is_latin(text)


@pytest.mark.parametrize("text", ["東京都", "Привет", "a 東京", "ελληνικά 7"])
def test_other_scripts(text: str) -> None:
    assert not is_latin(text)
