from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_drop.names import ERROR, MANIFEST, RESULT, is_candidate, output_error, prefixes_of, result_name
from read_operations.records import Output


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


SUFFIXES = [RESULT, ERROR, *(output.suffix for output in Output), *map(output_error, Output)]


@given(st.lists(st.sampled_from(["a", "a.pdf", "_batch", *SUFFIXES, ".error", ".txt"]), min_size=1, max_size=4))
def test_no_two_files_are_called_the_same(parts: list[str]) -> None:
    # Given any document, and every other whose files could be called as one of its own
    name = "".join(parts)
    called = {result_name(name, suffix): (name, suffix) for suffix in SUFFIXES}
    for suffix in SUFFIXES:
        for other in SUFFIXES:
            whole = name + suffix
            if whole.endswith(other) and (document := whole.removesuffix(other)) != name:
                found = called.setdefault(result_name(document, other), (document, other))
                assert found == (document, other)
    assert MANIFEST not in called


def test_the_same_name_with_another_ending_or_other_letters() -> None:
    names = ["a.pdf", "a.png", "A.pdf", "a.pdf.json", "a", "\u00fc.pdf", "u\u0308.pdf"]
    assert len({result_name(name, RESULT) for name in names}) == len(names)


def test_prefixes_the_nearest_first() -> None:
    assert prefixes_of("a/b/c.pdf") == ["a/b/", "a/", ""]
    assert prefixes_of("c.pdf") == [""]


@pytest.mark.parametrize(
    "name", [".x", "a/.x/b.pdf", "~$x.docx", "x.pdf.PART", "x~", "a/", "options.json", "_batch.json"]
)
def test_what_is_no_document(name: str) -> None:
    assert not is_candidate(name)
