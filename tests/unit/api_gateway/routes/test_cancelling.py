from __future__ import annotations

import anyio
import httpx
import pytest

from read_operations.errors import StorageUnavailable
from read_operations.records import Format, Page, Request, Unit
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT, Commit, Outcome, Verdict
from read_operations.testing import MemoryDocumentStore, MemoryOperationStore
from tests.builders import PdfPage, pdf
from tests.unit.api_gateway.support import ANALYZE, OPERATIONS, RESULTS, SYNC, Gateway, finish

pytestmark = pytest.mark.anyio

ID = "7f0c54a1-1111-4222-8333-444455556666"
ADDRESS = f"/operations/{ID}"
REQUEST = Request(id=ID, format=Format.PDF)
PAGES = tuple(Page(number=n, width=8.5, height=11, unit=Unit.INCH) for n in (1, 2))
BOOK = pdf([PdfPage(), PdfPage()])


class DocumentsAreStuck(MemoryDocumentStore):
    """Removes nothing while `away`."""

    away = False

    def delete(self, name: str) -> None:
        if self.away:
            raise StorageUnavailable
        super().delete(name)


class RecordsAreStuck(MemoryOperationStore):
    """Removes nothing while `away`."""

    away = True

    def delete(self, *ids: str) -> None:
        if self.away:
            raise StorageUnavailable
        super().delete(*ids)


class NobodyAnswers(MemoryOperationStore):
    def get(self, id: str) -> None:  # type: ignore[override]
        raise StorageUnavailable


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000")


def has_document(gateway: Gateway, id: str) -> bool:
    return gateway.documents.exists(id)


async def submitted(client: httpx.AsyncClient) -> str:
    answer = await client.post(ANALYZE, content=BOOK)
    return answer.headers["operation-location"].rpartition("/")[2]


async def test_an_operation_that_waits(gateway: Gateway, client: httpx.AsyncClient) -> None:
    # Given a document that nobody has opened yet
    id = await submitted(client)
    assert has_document(gateway, id)
    # When it is taken back
    answer = await client.delete(f"/operations/{id}")
    # Then nothing of it is left
    assert (answer.status_code, answer.content) == (204, b"")
    assert not has_document(gateway, id)
    assert gateway.leftovers() == set()
    assert (await client.get(f"{RESULTS}/{id}")).status_code == 404
    assert (await client.delete(f"/operations/{id}")).status_code == 404
    # And the worker that gets its message has nothing to do
    assert gateway.queue.pop() == (id, SPLIT, Lane.INTERACTIVE)
    assert gateway.store.begin(id, SPLIT, "job").verdict is Verdict.OVER
    assert gateway.store.plan(id, [1, 2]) == []


async def test_an_operation_that_is_being_read(gateway: Gateway, client: httpx.AsyncClient) -> None:
    id = await submitted(client)
    gateway.store.plan(id, [1, 2])
    assert gateway.store.begin(id, 1, "job").verdict is Verdict.GO
    assert (await client.delete(f"/operations/{id}")).status_code == 204
    # What is read of it comes too late, and brings nothing back.
    assert gateway.store.commit(id, PAGES[0]) == Commit(outcome=Outcome.OVER, next_page=None, finisher=False)
    assert gateway.store.begin(id, 2, "another").verdict is Verdict.OVER
    assert not has_document(gateway, id)
    assert gateway.leftovers() == set()
    assert gateway.store.usage() == 0


async def test_an_operation_that_is_finished(gateway: Gateway, client: httpx.AsyncClient) -> None:
    finish(gateway.store, REQUEST, *PAGES)
    assert (await client.delete(f"/Operations/{ID.upper()}/")).status_code == 204
    for path in (f"{RESULTS}/{ID}", f"{OPERATIONS}/{ID}", f"{ADDRESS}/text"):
        assert (await client.get(path)).status_code == 404
    assert gateway.leftovers() == set()
    # What was read was read.
    assert gateway.store.usage() == 2


@pytest.mark.parametrize("id", [ID, "no-guid", f"{ID}x"])
async def test_an_unknown_operation(client: httpx.AsyncClient, id: str) -> None:
    answer = await client.delete(f"/operations/{id}")
    other = await client.get(f"/operations/{id}/text")
    assert answer.status_code == other.status_code == 404
    assert answer.json()["error"] == other.json()["error"]
    assert answer.json()["code"] == "BadArgument"


async def test_it_is_only_cancelled_there(client: httpx.AsyncClient) -> None:
    assert (await client.get(ADDRESS)).status_code == 405
    assert (await client.delete(f"{RESULTS}/{ID}")).status_code == 405
    assert (await client.delete(f"{ADDRESS}/text")).status_code == 405


async def test_documents_that_are_away() -> None:
    documents = DocumentsAreStuck()
    gateway = Gateway(documents=documents)
    async with client_of(gateway) as client:
        id = await submitted(client)
        documents.away = True
        answer = await client.delete(f"/operations/{id}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["code"] == "StorageException"
        # All of it is there, so that it can be tried again.
        assert (await client.get(f"{RESULTS}/{id}")).status_code == 200
        documents.away = False
        assert (await client.delete(f"/operations/{id}")).status_code == 204
    assert not has_document(gateway, id)


async def test_records_that_are_away() -> None:
    gateway = Gateway(store_type=RecordsAreStuck)
    assert isinstance(gateway.store, RecordsAreStuck)
    async with client_of(gateway) as client:
        id = await submitted(client)
        answer = await client.delete(f"/operations/{id}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert gateway.leftovers() == {id}
        gateway.store.away = False
        assert (await client.delete(f"/operations/{id}")).status_code == 204
    assert gateway.leftovers() == set()


async def test_records_that_cannot_be_asked() -> None:
    async with client_of(Gateway(store_type=NobodyAnswers)) as client:
        answer = await client.delete(ADDRESS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_synchronous_call_that_waits_for_it_is_told(gateway: Gateway, client: httpx.AsyncClient) -> None:
    answers: list[httpx.Response] = []

    async def wait() -> None:
        answers.append(await client.post(SYNC, content=BOOK))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        with anyio.fail_after(5):
            while not (waiting := [each.operation.id for each in gateway.store.unfinished()]):
                await anyio.sleep(0.01)
            assert (await client.delete(f"/operations/{waiting[0]}")).status_code == 204
    assert (answers[0].status_code, answers[0].json()["code"]) == (404, "BadArgument")
    assert gateway.leftovers() == set()


async def test_nothing_is_given_back_to_the_quota() -> None:
    async with client_of(Gateway(settings=Settings(quota_requests=1))) as client:
        id = await submitted(client)
        assert (await client.delete(f"/operations/{id}")).status_code == 204
        assert (await client.post(ANALYZE, content=BOOK)).status_code == 429
