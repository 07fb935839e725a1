"""The call that waits, in every version: the same answer as submitting and polling, and a failure in one piece."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_gateway.surfaces import SURFACES, Surface
from tests.builders import LINES, encoded, scanned_pdf, text_page, truncated
from tests.fleet import Fleet, wait_for

every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.submit.split("/")[2])
#: These say when, and so are another's for each operation.
DATES = ("createdDateTime", "lastUpdatedDateTime")


def polled(fleet: Fleet, surface: Surface, data: bytes) -> Any:
    location = httpx.post(fleet.endpoint + surface.submit, content=data).headers["Operation-Location"]

    def final() -> Any:
        body = httpx.get(location).json()
        return body if body["status"].lower() in ("succeeded", "failed") else None

    return wait_for(final)


@every_surface
def test_it_answers_with_the_result(fleet: Fleet, surface: Surface) -> None:
    page = encoded(text_page().image, "JPEG")
    answer = httpx.post(fleet.endpoint + surface.submit_and_wait, content=page, timeout=60)
    assert answer.status_code == 200
    assert "Operation-Location" not in answer.headers
    body, other = answer.json(), polled(fleet, surface, page)
    (only,) = body["recognitionResults"] if "recognitionResults" in body else body["analyzeResult"]["readResults"]
    assert [line["text"] for line in only["lines"]] == list(LINES)
    assert body.keys() == other.keys()
    assert {key: body[key] for key in body if key not in DATES} == {
        key: other[key] for key in other if key not in DATES
    }


@every_surface
def test_a_failure_says_why(fleet: Fleet, surface: Surface) -> None:
    broken = truncated(scanned_pdf([text_page().image], dpi=100), 0.5)
    answer = httpx.post(fleet.endpoint + surface.submit_and_wait, content=broken, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["status"] == "Failed"
    assert answer.json()["error"]["code"] == "InvalidImage"
    assert polled(fleet, surface, broken)["status"].lower() == "failed"
