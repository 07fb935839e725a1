"""The exact text of answers."""

from __future__ import annotations

import dataclasses

import pytest

from api_gateway.wire.v3 import V3_0, V3_1, V3_1_PREVIEW_2, V3_2, Version, operation_json, sync_failure_json
from read_operations.records import Failure, Format, Line, Operation, Page, Request, Status, Unit, Word

SUCCEEDED = Operation(
    request=Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PDF),
    status=Status.SUCCEEDED,
    created_us=1_612_420_328_275_270,
    updated_us=1_612_420_328_770_617,
    total=2,
    done=2,
)
DATES = (
    '"createdDateTime":"2021-02-04T06:32:08.2752700+00:00","lastUpdatedDateTime":"2021-02-04T06:32:08.7706170+00:00"'
)
HEAD = f'{{"status":"succeeded",{DATES},"analyzeResult":{{"version":"3.2.0","modelVersion":"2022-04-30","readResults":['

PHOTO = Page(
    number=1,
    width=502,
    height=252,
    unit=Unit.PIXEL,
    angle=2.12431,
    lines=(
        Line(
            text='Größe "XL"',
            box=(58.2, 42.4, 314, 59, 311, 123, 56, 121),
            words=(
                Word(text="Größe", box=(68, 44, 225, 59, 224, 122, 66, 123), confidence=0.93349),
                Word(text='"XL"', box=(230, 58, 314, 59, 311, 123, 228, 122), confidence=0.99951),
            ),
        ),
    ),
)
PHOTO_JSON = (
    '{"page":1,"angle":2.1243,"width":502,"height":252,"unit":"pixel","lines":['
    '{"boundingBox":[58,42,314,59,311,123,56,121],"text":"Größe \\"XL\\"","words":['
    '{"boundingBox":[68,44,225,59,224,122,66,123],"text":"Größe","confidence":0.933},'
    '{"boundingBox":[230,58,314,59,311,123,228,122],"text":"\\"XL\\"","confidence":1}]}]}'
)
LETTER = Page(
    number=3,
    width=8.5,
    height=11.0,
    unit=Unit.INCH,
    lines=(
        Line(
            text="合計",
            box=(0.53842, 1.15831, 1.0, 1.15831, 1.0, 1.5, 0.53842, 1.5),
            words=(Word(text="合計", box=(0.53842, 1.15831, 1.0, 1.15831, 1.0, 1.5, 0.53842, 1.5), confidence=1.0),),
        ),
    ),
)
LETTER_JSON = (
    '{"page":3,"angle":0,"width":8.5,"height":11,"unit":"inch","lines":['
    '{"boundingBox":[0.5384,1.1583,1,1.1583,1,1.5,0.5384,1.5],"text":"合計","words":['
    '{"boundingBox":[0.5384,1.1583,1,1.1583,1,1.5,0.5384,1.5],"text":"合計","confidence":1}]}]}'
)
BROKEN = Page(
    number=4,
    width=8.5,
    height=11,
    unit=Unit.INCH,
    failure=Failure(code="FailedToProcess", message="The page could not be read."),
)


def text(operation: Operation, *pages: Page) -> str:
    return "".join(operation_json(operation, pages, V3_2))


def test_pages() -> None:
    assert text(SUCCEEDED, PHOTO, LETTER) == f"{HEAD}{PHOTO_JSON},{LETTER_JSON}]}}}}"


@pytest.mark.parametrize(
    ("version", "appearance"),
    [
        (V3_2, ',"appearance":{"style":{"name":"handwriting","confidence":0.96}}'),
        (V3_1_PREVIEW_2, ',"appearance":{"style":"handwriting","styleConfidence":0.96}'),
        (V3_1, ""),
        (V3_0, ""),
    ],
)
def test_what_a_line_looks_like(version: Version, appearance: str) -> None:
    (line,) = PHOTO.lines
    page = dataclasses.replace(PHOTO, lines=(dataclasses.replace(line, handwriting=0.96),))
    pieces = operation_json(SUCCEEDED, [page], version)
    assert PHOTO_JSON.replace(',"words":', f'{appearance},"words":') in "".join(pieces)


def test_an_empty_page_has_an_empty_list_of_lines() -> None:
    empty = Page(number=1, width=100, height=50, unit=Unit.PIXEL)
    page = '{"page":1,"angle":0,"width":100,"height":50,"unit":"pixel","lines":[]}'
    assert text(SUCCEEDED, empty) == f"{HEAD}{page}]}}}}"


def test_a_forced_language_is_the_pages() -> None:
    forced = dataclasses.replace(SUCCEEDED, request=dataclasses.replace(SUCCEEDED.request, language="de"))
    page = PHOTO_JSON.replace('"page":1,', '"page":1,"language":"de",')
    assert text(forced, PHOTO) == f"{HEAD}{page}]}}}}"


def test_a_page_that_failed_has_no_lines_and_an_error() -> None:
    page = '{"page":4,"angle":0,"width":8.5,"height":11,"unit":"inch","lines":[]}'
    error = '{"code":"FailedToProcess","message":"Page 4: The page could not be read."}'
    assert text(SUCCEEDED, LETTER, BROKEN) == f'{HEAD}{LETTER_JSON},{page}],"errors":[{error}]}}}}'


def test_what_is_not_finished_has_no_result() -> None:
    running = dataclasses.replace(SUCCEEDED, status=Status.RUNNING)
    assert text(running, PHOTO) == f'{{"status":"running",{DATES}}}'
    waiting = dataclasses.replace(SUCCEEDED, status=Status.NOT_STARTED)
    assert text(waiting) == f'{{"status":"notStarted",{DATES}}}'


FAILURE = Failure(code="UnsupportedImageFormat", message="The document is protected by a password.")
ERROR = '{"code":"UnsupportedImageFormat","message":"The document is protected by a password."}'
FAILED = dataclasses.replace(SUCCEEDED, status=Status.FAILED, failure=FAILURE)


def test_a_failure_says_why_in_two_places() -> None:
    result = f'{{"version":"3.2.0","modelVersion":"2022-04-30","readResults":[],"errors":[{ERROR}]}}'
    assert text(FAILED, LETTER) == f'{{"status":"failed",{DATES},"analyzeResult":{result},"error":{ERROR}}}'


def test_a_failure_of_the_synchronous_call() -> None:
    assert sync_failure_json(FAILED) == f'{{"status":"Failed",{DATES},"error":{ERROR}}}'


def test_a_failure_without_a_reason() -> None:
    operation = dataclasses.replace(FAILED, failure=None)
    assert '"error":{"code":"FailedToProcess","message":"The document could not be read."}' in text(operation)


def test_one_page_is_held_at_a_time() -> None:
    taken = 0

    def pages() -> object:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield LETTER

    pieces = operation_json(SUCCEEDED, pages(), V3_2)  # type: ignore[arg-type]
    for expected in (0, 1, 2, 3):
        next(pieces)
        assert taken == expected
