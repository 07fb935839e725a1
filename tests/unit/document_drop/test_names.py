from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_drop.names import is_candidate, prefixes_of, result_name


def test_a_result_is_called_as_its_document() -> None:
    assert result_name("a/b ü.pdf", ".json") == "a/b ü.pdf.json"


@given(st.text(min_size=1, max_size=1100), st.sampled_from([".json", ".error.json", ".searchable.pdf.error.json"]))
def test_every_name_of_a_result_can_be_one(name: str, suffix: str) -> None:
    found = result_name(name, suffix)
    assert found.endswith(suffix)
    assert len(found) <= 1024
    assert len(found.rpartition("/")[2].encode()) <= 255


def test_long_names_stay_apart() -> None:
    names = ["x" * 250 + end for end in "abc"] + ["/".join(["y" * 250] * 4) + f"/{end}" for end in "abc"]
    assert len({result_name(name, ".error.json") for name in names}) == len(names)


def test_prefixes_the_nearest_first() -> None:
    assert prefixes_of("a/b/c.pdf") == ["a/b/", "a/", ""]
    assert prefixes_of("c.pdf") == [""]


@pytest.mark.parametrize(
    "name", [".x", "a/.x/b.pdf", "~$x.docx", "x.pdf.PART", "x~", "a/", "options.json", "_batch.json"]
)
def test_what_is_no_document(name: str) -> None:
    assert not is_candidate(name)
