"""The exact text of answers to /ocr."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from api_gateway.wire.ocr import operation_json, sync_failure_json, sync_failure_status
from read_operations.records import Failure, Format, Line, Operation, Page, Quad, Request, Status, Unit, Word

SUCCEEDED = Operation(
    request=Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PNG),
    status=Status.SUCCEEDED,
    created_us=0,
    updated_us=0,
    total=1,
    done=1,
)


def turned(quad: Quad, degrees: float, width: float, height: float) -> Quad:
    """The quad on an image that was turned clockwise around its centre, its frame staying as it is."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    values = []
    for x, y in zip(quad[::2], quad[1::2], strict=True):
        x, y = x - width / 2, y - height / 2
        values += [width / 2 + x * cosine - y * sine, height / 2 + x * sine + y * cosine]
    a, b, c, d, e, f, g, h = values
    return a, b, c, d, e, f, g, h


def page(degrees: float = 0) -> Page:
    """Two words on an image of 400 x 200, turned by so much."""
    hello, you = (100, 50, 180, 50, 180, 80, 100, 80), (190, 50, 240, 50, 240, 80, 190, 80)
    words = tuple(
        Word(text=text, box=turned(box, degrees, 400, 200), confidence=0.9)
        for text, box in (("Hello", hello), ("you", you))
    )
    whole = turned((100, 50, 240, 50, 240, 80, 100, 80), degrees, 400, 200)
    line = Line(text="Hello you", box=whole, words=words)
    return Page(number=1, width=400, height=200, unit=Unit.PIXEL, angle=degrees, lines=(line,))


def answer(page: Page, operation: Operation = SUCCEEDED, **options: bool) -> dict[str, object]:
    body: dict[str, object] = json.loads("".join(operation_json(operation, [page], **options)))  # type: ignore[arg-type]
    return body


def test_an_upright_image() -> None:
    assert "".join(operation_json(SUCCEEDED, [page()], model_version="2021-04-01")) == (
        '{"language":"unk","textAngle":0,"orientation":"Up","regions":[{"boundingBox":"100,50,140,30","lines":['
        '{"boundingBox":"100,50,140,30","words":[{"boundingBox":"100,50,80,30","text":"Hello"},'
        '{"boundingBox":"190,50,50,30","text":"you"}]}]}],"modelVersion":"2021-04-01"}'
    )


def test_boxes_are_those_of_the_image_turned_level() -> None:
    body = answer(page(degrees=5))
    assert body["textAngle"] == pytest.approx(-math.radians(5), abs=1e-6)
    assert body["orientation"] == "Up"
    assert body["regions"] == answer(page())["regions"]


@pytest.mark.parametrize(
    ("degrees", "orientation", "angle", "box"),
    [
        # The centre is at 200, 100; the line lies from 100 to 40 left of and above it.
        (90, "Right", 0, "220,0,30,140"),
        (180, "Down", 0, "160,120,140,30"),
        (-90, "Left", 0, "150,60,30,140"),
        (93, "Right", -3, "220,0,30,140"),
        (-177, "Down", -3, "160,120,140,30"),
        (-94, "Left", 4, "150,60,30,140"),
    ],
)
def test_text_that_is_not_upright(degrees: float, orientation: str, angle: float, box: str) -> None:
    body = answer(page(degrees))
    assert body["orientation"] == orientation
    assert body["textAngle"] == pytest.approx(math.radians(angle), abs=1e-6)
    assert isinstance(body["regions"], list)
    assert [region["boundingBox"] for region in body["regions"]] == [box]


def test_an_image_without_text() -> None:
    empty = dataclasses.replace(page(), lines=())
    assert answer(empty) == {"language": "unk", "textAngle": 0, "orientation": "NotDetected", "regions": []}


def test_an_orientation_nobody_asked_for() -> None:
    assert answer(page(90), detect_orientation=False)["orientation"] == "NotDetected"


def test_the_language_is_given_back() -> None:
    request = dataclasses.replace(SUCCEEDED.request, language="de")
    assert answer(page(), dataclasses.replace(SUCCEEDED, request=request))["language"] == "de"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InvalidImage", 400),
        ("InvalidImageDimension", 400),
        ("InvalidPageRange", 400),
        ("FailedToProcess", 500),
        ("StorageException", 500),
        ("InternalServerError", 500),
    ],
)
def test_a_failure_is_an_error(code: str, status: int) -> None:
    failed = dataclasses.replace(SUCCEEDED, status=Status.FAILED, failure=Failure(code=code, message="It is so."))
    assert sync_failure_status(failed) == status
    body = json.loads(sync_failure_json(failed))
    assert body["error"] == {"code": code, "message": "It is so."}
    assert body["requestId"] == SUCCEEDED.id
