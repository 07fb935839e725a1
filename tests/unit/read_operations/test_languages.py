from __future__ import annotations

import pytest

from read_operations.errors import BadLanguage
from read_operations.languages import parse_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("zh-hans", "zh-Hans"),
        ("jns", "Jns"),
        ("ku", "ku"),  # 2021-04-12 only
        ("ku-Arab", "ku-arab"),  # 2022-04-30 only
        ("nb", "nb"),
        ("unk", None),
    ],
)
def test_codes(text: str, code: str | None) -> None:
    assert parse_language(text) == code


@pytest.mark.parametrize("text", ["klingon", "en,de", "e n", "", "af ast"])
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(BadLanguage):
        parse_language(text)
