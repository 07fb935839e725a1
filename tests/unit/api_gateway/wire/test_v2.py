"""The exact text of answers to clients of 2.x."""

from __future__ import annotations

import dataclasses

import pytest

from api_gateway.wire.v2 import operation_json, sync_failure_json
from read_operations.records import Failure, Format, Line, Operation, Page, Request, Status, Unit, Word

SUCCEEDED = Operation(
    request=Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PNG),
    status=Status.SUCCEEDED,
    created_us=1_612_420_328_275_270,
    updated_us=1_612_420_328_770_617,
    total=1,
    done=1,
)
PHOTO = Page(
    number=1,
    width=502,
    height=252,
    unit=Unit.PIXEL,
    angle=-10.4141,
    lines=(
        Line(
            text="Tabs VS",
            box=(56, 39, 317, 50, 313, 134, 53, 123),
            words=(
                Word(text="Tabs", box=(90, 43, 243, 53, 243, 123, 94, 125), confidence=0.31),
                Word(text="VS", box=(259, 55, 313, 62, 313, 122, 259, 123), confidence=0.97),
            ),
        ),
    ),
)


def text(operation: Operation, *pages: Page) -> str:
    return "".join(operation_json(operation, pages))


def test_a_page() -> None:
    assert text(SUCCEEDED, PHOTO) == (
        '{"status":"Succeeded","recognitionResults":['
        '{"page":1,"clockwiseOrientation":349.59,"width":502,"height":252,"unit":"pixel","lines":['
        '{"boundingBox":[56,39,317,50,313,134,53,123],"text":"Tabs VS","words":['
        '{"boundingBox":[90,43,243,53,243,123,94,125],"text":"Tabs","confidence":"Low"},'
        '{"boundingBox":[259,55,313,62,313,122,259,123],"text":"VS"}]}]}]}'
    )


def test_several_pages() -> None:
    second = dataclasses.replace(PHOTO, number=2, angle=0, lines=())
    assert text(SUCCEEDED, second, dataclasses.replace(second, number=3)) == (
        '{"status":"Succeeded","recognitionResults":['
        '{"page":2,"clockwiseOrientation":0,"width":502,"height":252,"unit":"pixel","lines":[]},'
        '{"page":3,"clockwiseOrientation":0,"width":502,"height":252,"unit":"pixel","lines":[]}]}'
    )


@pytest.mark.parametrize(
    ("angle", "orientation"), [(0, "0"), (2.418, "2.42"), (-90, "270"), (180, "180"), (-0.001, "0"), (-0.01, "359.99")]
)
def test_orientations(angle: float, orientation: str) -> None:
    page = dataclasses.replace(PHOTO, angle=angle)
    assert f'"clockwiseOrientation":{orientation},' in text(SUCCEEDED, page)


@pytest.mark.parametrize(
    ("status", "word"), [(Status.NOT_STARTED, "NotStarted"), (Status.RUNNING, "Running"), (Status.FAILED, "Failed")]
)
def test_without_a_result_there_is_only_a_status(status: Status, word: str) -> None:
    assert text(dataclasses.replace(SUCCEEDED, status=status), PHOTO) == f'{{"status":"{word}"}}'


def test_a_synchronous_failure_says_why() -> None:
    failure = Failure(code="InvalidImage", message="It is damaged.")
    failed = dataclasses.replace(SUCCEEDED, status=Status.FAILED, failure=failure)
    assert sync_failure_json(failed) == '{"status":"Failed","error":{"code":"InvalidImage","message":"It is damaged."}}'
