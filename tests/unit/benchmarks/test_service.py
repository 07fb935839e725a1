from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from benchmarks import service as module
from benchmarks.service import Service


def test_a_document_is_polled_until_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POLL_S", 0)
    states = iter(['{"status":"notStarted"}', '{"status":"running"}', '{"status":"succeeded","angle":1.50}'])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            assert request.content == b"document"
            assert dict(request.url.params) == {"pages": "1,3"}
            location = "http://elsewhere/vision/v3.1/read/analyzeResults/the-id"
            return httpx.Response(202, headers={"Operation-Location": location})
        assert str(request.url) == "http://service/vision/v3.1/read/analyzeResults/the-id"
        return httpx.Response(200, text=next(states))

    service = Service("http://service", httpx.MockTransport(answer))
    operation = service.read("v3.1", {"pages": "1,3"}, b"document")
    assert operation == {"status": "succeeded", "angle": Decimal("1.50")}


def test_a_refusal_ends_the_comparison() -> None:
    service = Service("http://service", httpx.MockTransport(lambda _: httpx.Response(400)))
    with pytest.raises(httpx.HTTPStatusError):
        service.read("v3.2", {}, b"")
