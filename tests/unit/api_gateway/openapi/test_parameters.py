from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.openapi.parameters import query_parameters
from api_gateway.parameters import ReadParameters
from api_gateway.surfaces import SURFACES, Surface
from read_operations.errors import BadPages

EVERYTHING = {each["name"]: each for each in query_parameters(SURFACES[0].parameters)}


def take(name: str, value: str) -> ReadParameters:
    return ReadParameters.parse([(name, value)], SURFACES[0].parameters)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.version)
def test_a_version_has_the_parameters_it_knows(surface: Surface) -> None:
    assert {each["name"].lower() for each in query_parameters(surface.parameters)} == surface.parameters


def test_what_is_not_described_is_noticed() -> None:
    with pytest.raises(ValueError, match="not described: colour"):
        query_parameters({"pages", "colour"})


@pytest.mark.parametrize("name", ["language", "readingOrder"])
def test_every_word_is_taken(name: str) -> None:
    for word in EVERYTHING[name]["schema"]["enum"]:
        take(name, word)


@given(st.from_regex(EVERYTHING["pages"]["schema"]["items"]["pattern"], fullmatch=True, alphabet="0123456789-"))
def test_pages_as_described_are_taken(item: str) -> None:
    ends = re.fullmatch(r"(\d+)-(\d+)", item)
    if ends and int(ends[1]) > int(ends[2]):
        with pytest.raises(BadPages, match="reversed"):
            take("pages", item)
    else:
        assert take("pages", item).pages == item


@given(
    st.from_regex(EVERYTHING["model-version"]["schema"]["pattern"], fullmatch=True, alphabet="latesprviw0123456789-")
)
def test_model_versions_as_described_are_taken(value: str) -> None:
    take("model-version", value)
    take("modelVersion", value)
