"""Bad input: its code, its sentence, and nothing left behind."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.builders import PdfPage, PdfText, assembled, encoded, pdf, scanned_pdf, text_page, truncated
from tests.faults.hostile_files import case
from tests.fleet import Fleet, wait_for

ANALYZE = "/vision/v3.2/read/analyze"
LOCKED = pdf([PdfPage(texts=(PdfText(text="secret", x=72, y=600),))], user_password="open sesame")


@pytest.fixture(autouse=True)
def nothing_left(fleet: Fleet) -> Iterator[None]:
    """After each test: no message in the queue, no open operation, no 500 in the gateway's log."""
    yield
    wait_for(lambda: fleet.queued_messages() == 0, 10)
    assert list(fleet.store.unfinished()) == []
    assert "Traceback" not in fleet.log("gateway")


def assert_double_body(body: dict[str, Any], code: str) -> None:
    assert body["error"]["code"] == body["code"] == code
    assert body["error"]["message"] == body["message"] != ""
    assert len(body["requestId"]) == 36


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "InvalidRequest"),
        (b"just some text\n" * 100, "InvalidImageFormat"),
        (encoded(text_page().image.resize((3, 3)), "PNG"), "InvalidImageDimension"),
        (case("PNG: 100 million pixels of 8 bytes").data, "InvalidImageSize"),
        (LOCKED, "InvalidImage"),
        (b"%PDF-1.7\nno more than that", "InvalidImage"),
    ],
    ids=["empty body", "text file", "three pixels", "bomb", "encrypted pdf", "pdf with nothing in it"],
)
def test_what_is_refused_at_the_door(fleet: Fleet, data: bytes, code: str) -> None:
    documents = fleet.documents()
    for route in (ANALYZE, "/vision/v3.2/read/syncAnalyze"):
        answer = httpx.post(fleet.endpoint + route, content=data)
        assert answer.status_code == 400
        assert_double_body(answer.json(), code)
    # Those of earlier ones may have gone meanwhile.
    assert fleet.documents() <= documents


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"pages": "0"}, "InvalidPageRange"),
        ({"pages": "2-"}, "InvalidPageRange"),
        ({"language": "klingon"}, "NotSupportedLanguage"),
        ({"readingOrder": "sideways"}, "InvalidReadingOrder"),
        ({"model-version": "yesterday"}, "BadArgument"),
    ],
)
def test_bad_parameters(fleet: Fleet, query: dict[str, str], code: str) -> None:
    answer = httpx.post(fleet.endpoint + ANALYZE, params=query, content=encoded(text_page().image, "PNG"))
    assert answer.status_code == 400
    assert_double_body(answer.json(), code)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
NESTED = assembled({1: CATALOGUE, 2: b"<< /Kids [3 0 R] /Deep %b %b >>" % (b"[" * 65, b"]" * 65)}, {})
#: 280 MB of zeros, packed twice.
INFLATED = assembled(
    {1: CATALOGUE, 2: b"<< /Kids [3 0 R] >>", 3: b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>"},
    {3: zlib.compress(zlib.compress(bytes(450_000_000), 1), 9)},
)
BROKEN = truncated(scanned_pdf([text_page().image], dpi=100), 0.5)


@pytest.mark.parametrize(
    ("data", "query", "code"),
    [
        (BROKEN, {}, "InvalidImage"),
        (NESTED, {}, "InvalidImage"),
        (INFLATED, {}, "InvalidImageSize"),
        (scanned_pdf([text_page().image], dpi=100), {"pages": "2"}, "InvalidPageRange"),
        (truncated(encoded(text_page().image, "JPEG"), 0.6), {}, "InvalidImage"),
    ],
    ids=["truncated pdf", "nested pdf", "pdf with a bomb", "page out of range", "truncated jpeg"],
)
def test_what_turns_out_when_it_is_opened(fleet: Fleet, data: bytes, query: dict[str, str], code: str) -> None:
    id = fleet.submit(data, **query)
    result: Any = fleet.result(id)
    assert result["status"] == "failed"
    assert result["analyzeResult"]["readResults"] == []
    assert [error["code"] for error in result["analyzeResult"]["errors"]] == [code]
    assert result["error"]["code"] == code
    assert result["error"]["message"]
    # Nothing of it takes room, whatever its size
    wait_for(lambda: id not in fleet.documents(), 30)

    answer = httpx.post(f"{fleet.endpoint}/vision/v3.2/read/syncAnalyze", params=query, content=data, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["status"] == "Failed"
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "nonsense"])
@pytest.mark.parametrize("route", ["analyzeResults", "operations"])
def test_unknown_operations(fleet: Fleet, id: str, route: str) -> None:
    answer = httpx.get(f"{fleet.endpoint}/vision/v3.2/read/{route}/{id}")
    assert answer.status_code == 404
    assert_double_body(answer.json(), "BadArgument")
