"""With `delete_when_read` a result is given once, and only to a client that has received all of it."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from api_gateway import protocol
from read_operations.errors import OperationNotFound
from read_operations.records import Failure, Format, Line, Page, Request, Status, Unit, Word
from read_operations.settings import Settings
from tests.unit.api_gateway.support import ANALYZE, RESULTS, SYNC, Gateway, QueueThatReads, finish, serving, wait_until

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
BOX = (0.1, 0.2, 1.0, 0.2, 1.0, 0.5, 0.1, 0.5)
REQUEST = f"GET {RESULTS}/{ID} HTTP/1.1\r\nHost: reader\r\n\r\n".encode()


def page(number: int, lines: int = 20) -> Page:
    words = tuple(Word(text=f"word{n}", box=BOX, confidence=0.9) for n in range(10))
    line = Line(text=" ".join(word.text for word in words), box=BOX, words=words)
    return Page(number=number, width=8.5, height=11, unit=Unit.INCH, lines=(line,) * lines)


def is_there(gateway: Gateway) -> bool:
    try:
        gateway.store.get(ID)
    except OperationNotFound:
        return False
    return True


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(settings=Settings(delete_when_read=True))


@pytest.fixture
def pdf() -> Request:
    return Request(id=ID, format=Format.PDF)


@pytest.mark.parametrize("pages", [1, 120], ids=["in one piece", "streamed"])
@pytest.mark.parametrize("ends", [False, True], ids=["kept alive", "closed"])
def test_a_received_result_is_gone(gateway: Gateway, pdf: Request, pages: int, ends: bool) -> None:
    finish(gateway.store, pdf, *(page(n + 1) for n in range(pages)))
    with (
        serving(gateway.app) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Connection": "close"} if ends else {}) as client,
    ):
        answer = client.get(f"{RESULTS}/{ID}")
        assert len(answer.json()["analyzeResult"]["readResults"]) == pages
        wait_until(lambda: not is_there(gateway))
        assert client.get(f"{RESULTS}/{ID}").status_code == 404


def test_a_client_that_goes_at_the_last_byte_has_received_it(gateway: Gateway, pdf: Request) -> None:
    finish(gateway.store, pdf, page(1))
    with serving(gateway.app) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(REQUEST)
            received = b""
            while not received.endswith(b"]}}"):
                received += connection.recv(65536)
        wait_until(lambda: not is_there(gateway))


@pytest.mark.parametrize("reads", [0, 100_000])
def test_a_result_cut_half_way_stays(gateway: Gateway, pdf: Request, reads: int) -> None:
    # Given a result that is larger than what systems hold between two sides
    finish(gateway.store, pdf, *(page(n + 1, lines=150) for n in range(40)))
    with serving(gateway.app) as port:
        # When a client takes some of it and goes
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            connection.connect(("127.0.0.1", port))
            connection.sendall(REQUEST)
            taken = len(connection.recv(1))
            while taken < reads:
                taken += len(connection.recv(reads - taken))
            time.sleep(0.3)
        time.sleep(0.3)
        # Then it can be fetched again
        assert is_there(gateway)
        assert len(httpx.get(f"http://127.0.0.1:{port}{RESULTS}/{ID}").json()["analyzeResult"]["readResults"]) == 40
        wait_until(lambda: not is_there(gateway))


def test_a_small_result_that_the_client_has_no_room_for_stays(gateway: Gateway, pdf: Request) -> None:
    # Given a result that our system takes in one piece, and a client whose system does not
    finish(gateway.store, pdf, page(1, lines=100))
    with serving(gateway.app) as port:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", port))
            connection.sendall(REQUEST)
            assert connection.recv(1)
            time.sleep(0.3)
            assert is_there(gateway)
        time.sleep(0.3)
        assert is_there(gateway)


def test_a_result_is_not_offered_for_ever(gateway: Gateway, pdf: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_TAKE_WITHIN_S", 0.3)
    finish(gateway.store, pdf, page(1, lines=100))
    with serving(gateway.app) as port, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", port))
        connection.sendall(REQUEST)
        assert connection.recv(1)
        connection.settimeout(0.01)
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            while True:
                time.sleep(0.1)
                connection.sendall(b"\r\n")
    assert is_there(gateway)


@pytest.mark.anyio
async def test_a_failure_is_a_result_too(gateway: Gateway, pdf: Request, client: httpx.AsyncClient) -> None:
    gateway.store.create(pdf)
    assert (await client.get(f"{RESULTS}/{ID}")).json()["status"] == "notStarted"
    assert is_there(gateway)  # it was not finished

    gateway.store.finish(ID, Status.FAILED, Failure(code="InvalidImage", message="No."))
    assert (await client.head(f"{RESULTS}/{ID}")).status_code == 200
    assert is_there(gateway)  # nothing of it was sent

    assert (await client.get(f"{RESULTS}/{ID}")).json()["status"] == "failed"
    assert not is_there(gateway)


@pytest.mark.anyio
async def test_document_and_record_go(gateway: Gateway, client: httpx.AsyncClient, png: bytes) -> None:
    place = (await client.post(ANALYZE, content=png)).headers["Operation-Location"]
    id = place.rpartition("/")[2]
    gateway.store.commit(id, page(1))
    gateway.store.finish(id, Status.SUCCEEDED)
    assert gateway.leftovers() == {id}

    assert (await client.get(place)).json()["status"] == "succeeded"

    assert gateway.leftovers() == set()
    with pytest.raises(FileNotFoundError), gateway.documents.local(id):
        pass


@pytest.mark.anyio
async def test_a_waiting_call_leaves_nothing(gateway: Gateway, png: bytes) -> None:
    def read(id: str) -> None:
        gateway.store.commit(id, page(1))
        gateway.store.finish(id, Status.SUCCEEDED)

    gateway = Gateway(settings=gateway.settings, queue=QueueThatReads(read))
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader") as client:
        assert (await client.post(SYNC, content=png)).json()["status"] == "succeeded"
    assert gateway.leftovers() == set()


@pytest.mark.anyio
async def test_unless_it_is_set_results_stay(pdf: Request) -> None:
    gateway = Gateway()
    finish(gateway.store, pdf, page(1))
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader") as client:
        for _ in range(2):
            assert (await client.get(f"{RESULTS}/{ID}")).status_code == 200
