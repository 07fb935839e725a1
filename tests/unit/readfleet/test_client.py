from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from readfleet import client
from readfleet.client import Answer, ReadClient
from readfleet.errors import ClientError, DocumentRefused, ReadTimedOut, ServiceUnreachable
from tests.unit.readfleet.stub_service import OPERATION, succeeded

Handler = Callable[[httpx.Request], httpx.Response]
ACCEPTED = httpx.Response(202, headers={"Operation-Location": f"http://else.where/x/{OPERATION}"})


class Steps:
    def __init__(self) -> None:
        self.taken: list[object] = []

    def uploaded(self, done: int, total: int) -> None:
        self.taken.append((done, total))

    def reading(self) -> None:
        self.taken.append("reading")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which took any time."""
    made: list[float] = []
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        made.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    return made


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"x" * 600_000)
    return path


def read(
    document: Path, handler: Handler, *, steps: Steps | None = None, timeout_s: float = 60, **asked: str
) -> Answer:
    async def go() -> Answer:
        transport = httpx.MockTransport(handler)
        async with ReadClient("http://service:5000/", timeout_s=timeout_s, transport=transport) as client:
            return await client.read(document, progress=steps or Steps(), **asked)

    return asyncio.run(go())


def answering(*answers: httpx.Response | Exception) -> Handler:
    """Gives the answers one after the other, the last one for ever."""
    coming = itertools.chain(answers[:-1], itertools.repeat(answers[-1]))

    def handle(_: httpx.Request) -> httpx.Response:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def test_a_document_is_streamed_with_its_length_and_polled_by_its_id(document: Path) -> None:
    seen: list[httpx.Request] = []
    steps = Steps()

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return ACCEPTED if request.method == "POST" else httpx.Response(200, json=succeeded(["one", "two"], ["three"]))

    answer = read(document, handle, steps=steps, pages="1-2", language="de")

    submit, poll = seen
    assert str(submit.url) == "http://service:5000/vision/v3.2/read/analyze?pages=1-2&language=de"
    assert submit.headers["Content-Length"] == "600000"
    assert submit.headers["Content-Type"] == "application/octet-stream"
    assert str(poll.url) == f"http://service:5000/vision/v3.2/read/analyzeResults/{OPERATION}"
    assert answer.text == "one\ntwo\n\nthree"
    assert answer.failures == []
    assert steps.taken == [(262144, 600000), (524288, 600000), (600000, 600000), "reading"]


@pytest.mark.parametrize("change", [-1, 1, 300_000], ids=["shrinks", "grows", "grows-by-blocks"])
def test_a_file_that_changes_while_it_is_sent_is_an_error(document: Path, change: int) -> None:
    class Changes(Steps):
        def uploaded(self, done: int, total: int) -> None:
            os.truncate(document, total + change)

    with pytest.raises(ClientError, match=r"^The file changed while it was sent\."):
        read(document, answering(ACCEPTED, httpx.Response(200, json=succeeded(["x"]))), steps=Changes())


def test_polls_grow_rarer_and_never_come_sooner_than_asked(document: Path, pauses: list[float]) -> None:
    running = httpx.Response(200, json={"status": "running"})
    asking = httpx.Response(200, json={"status": "notStarted"}, headers={"Retry-After": "7"})
    done = httpx.Response(200, json=succeeded(["x"]))

    read(document, answering(ACCEPTED, running, running, asking, running, done))

    assert pauses == pytest.approx([0.2, 0.3, 0.45, 7, 1.0125])


def test_a_busy_service_is_asked_again(document: Path, pauses: list[float]) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "5"})

    answer = read(document, answering(busy, ACCEPTED, httpx.Response(200, json=succeeded(["x"]))))

    assert answer.text == "x"
    assert pauses[0] == 5


@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param([httpx.RemoteProtocolError("")], id="closed"),
        pytest.param([httpx.ReadTimeout("")], id="silent"),
        pytest.param([httpx.WriteError(""), httpx.ConnectError("refused")], id="restarted"),
        pytest.param([httpx.Response(503), httpx.ConnectError("refused")], id="away-after-an-answer"),
    ],
)
def test_an_upload_that_breaks_is_tried_again(
    document: Path, pauses: list[float], breaks: list[httpx.Response | Exception]
) -> None:
    answer = read(document, answering(*breaks, ACCEPTED, httpx.Response(200, json=succeeded(["x"]))))

    assert answer.text == "x"
    assert pauses[: len(breaks)] == [1, 2][: len(breaks)]


def test_an_upload_that_goes_on_breaking_is_given_up(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_OUTAGE_S", 0.01)

    with pytest.raises(ServiceUnreachable, match=r"The connection to http://service:5000 broke \(ReadError\)"):
        read(document, answering(httpx.ReadError("")))


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "InvalidImageSize", "message": "Too large."}},
        {"code": "InvalidImageSize", "message": "Too large.", "requestId": "1"},
    ],
)
def test_a_refusal_carries_code_and_message(document: Path, body: dict[str, object]) -> None:
    with pytest.raises(DocumentRefused, match=r"^InvalidImageSize: Too large\.$"):
        read(document, answering(httpx.Response(400, json=body)))


def test_a_failed_operation_says_why(document: Path) -> None:
    errors = [{"code": "InvalidImage", "message": "Damaged."}]
    failed = httpx.Response(200, json={"status": "failed", "analyzeResult": {"readResults": [], "errors": errors}})

    with pytest.raises(DocumentRefused, match="InvalidImage: Damaged"):
        read(document, answering(ACCEPTED, failed))


def test_an_answer_without_a_body_is_told_by_its_status(document: Path) -> None:
    with pytest.raises(DocumentRefused, match="HTTP 404: Not Found"):
        read(document, answering(httpx.Response(404)))


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([httpx.Response(200, html="<html>Log in</html>")], id="page-for-a-document"),
        pytest.param([ACCEPTED, httpx.Response(200, html="<html>Log in</html>")], id="page-for-a-poll"),
        pytest.param([ACCEPTED, httpx.Response(200, content=b"\xff\xfe{")], id="bytes"),
        pytest.param([ACCEPTED, httpx.Response(200, json=[1])], id="list"),
        pytest.param([ACCEPTED, httpx.Response(200, json={"health": "good"})], id="other-object"),
        pytest.param([ACCEPTED, httpx.Response(200, json={"status": "succeeded"})], id="no-result"),
        pytest.param([ACCEPTED, httpx.Response(200, json={"status": "succeeded", "analyzeResult": []})], id="no-pages"),
    ],
)
def test_an_answer_of_something_else_is_told(document: Path, answers: list[httpx.Response | Exception]) -> None:
    with pytest.raises(DocumentRefused, match=r"^HTTP 200: Something else than the service answers at service:5000\.$"):
        read(document, answering(*answers))


@pytest.mark.parametrize("result", [[], {"errors": {}}, {"errors": ["x"]}], ids=["list", "object", "strings"])
def test_a_failed_operation_that_does_not_say_why(document: Path, result: object) -> None:
    with pytest.raises(DocumentRefused, match=r"does not say why\.$"):
        read(document, answering(ACCEPTED, httpx.Response(200, json={"status": "failed", "analyzeResult": result})))


def test_no_service_is_a_sentence_with_the_remedy(document: Path, pauses: list[float]) -> None:
    with pytest.raises(ServiceUnreachable, match=r"Nothing answers at http://service:5000.*`readfleet up`"):
        read(document, answering(httpx.ConnectError("refused")))

    assert pauses == []


def test_a_service_that_restarts_while_reading_is_waited_for(document: Path) -> None:
    away: list[httpx.Response | Exception] = [httpx.ConnectError("refused"), httpx.ReadError(""), httpx.Response(503)]

    answer = read(document, answering(ACCEPTED, *away, httpx.Response(200, json=succeeded(["x"]))))

    assert answer.text == "x"


def test_a_service_that_stays_away_is_given_up(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_OUTAGE_S", 0.01)

    with pytest.raises(ServiceUnreachable):
        read(document, answering(ACCEPTED, httpx.ConnectError("refused")))


def test_a_document_that_takes_too_long_is_given_up(document: Path) -> None:
    with pytest.raises(ReadTimedOut, match=r"within 0\.05 seconds; allow more with --timeout"):
        read(document, answering(ACCEPTED, httpx.Response(200, json={"status": "running"})), timeout_s=0.05)


def test_an_unknown_operation_location_is_an_error(document: Path) -> None:
    with pytest.raises(ClientError, match="named no operation"):
        read(document, answering(httpx.Response(202)))


@pytest.mark.parametrize("endpoint", ["localhost:5000", "ftp://host", ""])
def test_an_endpoint_must_be_a_url(endpoint: str) -> None:
    with pytest.raises(ClientError, match="is not a URL such as"):
        ReadClient(endpoint)


def test_pages_that_failed_are_told() -> None:
    answer = Answer(body=succeeded(["x"], [], errors=[{"code": "FailedToProcess", "message": "Page 2: Too dark."}]))

    assert answer.failures == ["FailedToProcess: Page 2: Too dark."]
    assert answer.text == "x\n\n"


@pytest.mark.parametrize("endpoint", ["reader", "ftp://reader", "http://", "http://[::1", "http://reader:99999"])
def test_an_endpoint_that_is_none(endpoint: str) -> None:
    with pytest.raises(ClientError, match="is not a URL"):
        ReadClient(endpoint)
