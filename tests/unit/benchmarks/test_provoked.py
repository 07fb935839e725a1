from __future__ import annotations

from typing import Any

import httpx
import pytest

from benchmarks.provoked import Provoked, provoke
from benchmarks.recordings import Refusal
from benchmarks.service import Service


def refusal(code: str, path: str = "/v2.1/layout/analyze", **error: Any) -> Refusal:
    return Refusal(
        path=path,
        query={"language": "not one"},
        sent='{"source": "https://dead.example"}',
        status=400,
        answer={"error": {"code": code, "message": "No.", **error}},
    )


def service(status: int, body: Any, requests: list[httpx.Request]) -> Service:
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status, json=body)

    return Service("http://service", httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("code", "query", "body"),
    [
        ("NotSupportedLanguage", b"language=not%20one", b"%PDF-1.7"),
        ("InvalidImage", b"", b"%PDFUUU"),
        ("FailedToDownloadImage", b"", b'{"url":"https://dead.example"}'),
    ],
)
def test_it_is_brought_about(code: str, query: bytes, body: bytes) -> None:
    requests: list[httpx.Request] = []
    ours = {"error": {"code": "Ours", "message": "No."}, "requestId": "x"}
    provoked = provoke(refusal(code, innerError={}), service(400, ours, requests))
    assert provoked == Provoked(theirs=f"400 {code}", ours="400 Ours", differences=[])
    (request,) = requests
    assert (request.url.path, request.url.query.replace(b"+", b"%20")) == ("/vision/v3.2/read/analyze", query)
    assert request.content == body


def test_what_differs() -> None:
    provoked = provoke(refusal("InvalidImage"), service(500, {"error": {"code": 7}}, []))
    assert provoked is not None
    assert provoked.differences == [
        "`code` is number without decimals, and theirs string",
        "`message` is missing",
        "the status is 500, and theirs 400",
    ]


@pytest.mark.parametrize(
    "other", [refusal("1022"), refusal("InvalidImage", "/v2.1/custom/models")], ids=["code", "path"]
)
def test_what_is_not_like_anything_here(other: Refusal) -> None:
    assert provoke(other, service(200, {}, [])) is None
