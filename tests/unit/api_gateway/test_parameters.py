from __future__ import annotations

from collections.abc import Collection

import pytest

from api_gateway.parameters import ReadParameters
from read_operations.errors import BadLanguage, BadPages, BadReadingOrder, BadRequest
from read_operations.records import Format, ReadingOrder, Request

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


ALL = {"pages", "language", "readingorder", "model-version", "modelversion", "mode"}


def parse(query: list[tuple[str, str]], known: Collection[str] = frozenset(ALL)) -> ReadParameters:
    return ReadParameters.parse(query, known)


def test_what_a_version_does_not_know_is_ignored() -> None:
    query = [("pages", "nonsense"), ("language", "de"), ("readingOrder", "sideways")]
    assert parse(query, {"language"}) == parse([("language", "de")])


def test_nothing_asked_for() -> None:
    parameters = parse([])
    assert parameters == ReadParameters(pages=None, language=None, reading_order=ReadingOrder.BASIC)


def test_everything_asked_for() -> None:
    query = [("pages", "1-3,5"), ("language", "DE"), ("readingOrder", "natural"), ("model-version", "2022-04-30")]
    request = parse(query).request(ID, Format.PDF)
    assert request == Request(
        id=ID,
        format=Format.PDF,
        pages="1-3,5",
        language="de",
        reading_order=ReadingOrder.NATURAL,
    )


def test_names_match_in_any_case() -> None:
    parameters = parse([("PAGES", "2"), ("readingorder", "Natural"), ("Language", "en")])
    assert parameters == ReadParameters(pages="2", language="en", reading_order=ReadingOrder.NATURAL)


def test_an_empty_value_is_none() -> None:
    names = ("pages", "language", "readingOrder", "model-version", "mode")
    assert parse([(name, "") for name in names]) == parse([])


def test_a_repeated_parameter_is_a_list() -> None:
    assert parse([("pages", "1"), ("pages", "3")]).pages == "1,3"
    with pytest.raises(BadLanguage):
        parse([("language", "en"), ("language", "de")])


def test_others_are_ignored() -> None:
    assert parse([("overload", "stream"), ("colour", "blue")]) == parse([])


@pytest.mark.parametrize("value", ["Printed", "Handwritten", "handwritten"])
def test_modes(value: str) -> None:
    assert parse([("mode", value)]) == parse([("Mode", value)]) == parse([])


@pytest.mark.parametrize("name", ["model-version", "modelVersion"])
@pytest.mark.parametrize("value", ["latest", "latest-preview", "2022-01-30-preview", "2022-04-30", "1999-01-01"])
def test_model_versions(name: str, value: str) -> None:
    assert parse([(name, value)]) == parse([])


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("pages", "0", BadPages),
        ("pages", "3-1", BadPages),
        ("pages", "all", BadPages),
        ("language", "xx", BadLanguage),
        ("readingOrder", "sideways", BadReadingOrder),
        ("model-version", "newest", BadRequest),
        ("modelVersion", "2022-4-30", BadRequest),
        ("modelVersion", "latest\n", BadRequest),
        ("mode", "Painted", BadRequest),
    ],
)
def test_what_is_refused(name: str, value: str, error: type[BadRequest]) -> None:
    with pytest.raises(error) as caught:
        parse([(name, value)])
    assert type(caught.value) is error


def test_an_image_has_one_page() -> None:
    assert parse([("pages", "-4")]).request(ID, Format.PNG).pages == "-4"
    second = parse([("pages", "2")])
    assert second.request(ID, Format.TIFF).pages == "2"
    with pytest.raises(BadPages, match="has 1 page"):
        second.request(ID, Format.PNG)
