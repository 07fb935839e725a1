from __future__ import annotations

from xml.etree import ElementTree as ET

import httpx
import pytest

from read_operations.errors import DocumentDamaged, StorageUnavailable
from read_operations.records import Failure, Format, Line, Page, Request, Status, Unit, Word
from read_operations.settings import Settings
from read_operations.testing import MemoryOperationStore
from tests.unit.api_gateway.support import RESULTS, Gateway, finish

pytestmark = pytest.mark.anyio

ID = "7f0c54a1-1111-4222-8333-444455556666"
BOX = (1.0, 1.0, 2.0, 1.0, 2.0, 1.2, 1.0, 1.2)
LINE = Line(
    text="R&D <now>",
    box=BOX,
    words=(Word(text="R&D", box=BOX, confidence=1), Word(text="<now>", box=BOX, confidence=0.5)),
)
PAGES = tuple(Page(number=n, width=8.5, height=11, unit=Unit.INCH, lines=(LINE,)) for n in (1, 2))
REQUEST = Request(id=ID, format=Format.PDF, language="en")

every_output = pytest.mark.parametrize("output", ["text", "hocr", "alto"])


async def test_text(gateway: Gateway, client: httpx.AsyncClient) -> None:
    finish(gateway.store, REQUEST, *PAGES)
    answer = await client.get(f"/operations/{ID}/text")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "R&D <now>\n\fR&D <now>\n"


@pytest.mark.parametrize(
    ("output", "type", "pages"), [("hocr", "text/vnd.hocr+html", "{*}div"), ("alto", "application/xml", "{*}Page")]
)
async def test_xml(gateway: Gateway, client: httpx.AsyncClient, output: str, type: str, pages: str) -> None:
    finish(gateway.store, REQUEST, *PAGES)
    answer = await client.get(f"/Operations/{ID.upper()}/{output}/")
    assert answer.headers["content-type"] == f"{type}; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert len(root.findall(f".//{pages}")) == 2
    assert "R&D" in ET.tostring(root, encoding="unicode").replace("&amp;", "&")


@every_output
async def test_while_a_document_is_read_there_is_nothing_yet(
    gateway: Gateway, client: httpx.AsyncClient, output: str
) -> None:
    gateway.store.create(REQUEST, [1])
    answer = await client.get(f"/operations/{ID}/{output}")
    assert answer.status_code == 409
    assert answer.headers["retry-after"] == "1"
    assert "still being read" in answer.json()["message"]


@every_output
async def test_of_a_document_that_could_not_be_read_there_is_the_reason(
    gateway: Gateway, client: httpx.AsyncClient, output: str
) -> None:
    gateway.store.create(REQUEST)
    gateway.store.finish(ID, Status.FAILED, Failure.of(DocumentDamaged()))
    answer = await client.get(f"/operations/{ID}/{output}")
    assert answer.status_code == 409
    assert "retry-after" not in answer.headers
    assert "InvalidImage: The file is damaged" in answer.json()["message"]


@every_output
@pytest.mark.parametrize("id", [ID, "no-guid", f"{ID}x"])
async def test_an_unknown_operation(client: httpx.AsyncClient, output: str, id: str) -> None:
    answer = await client.get(f"/operations/{id}/{output}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "BadArgument"


async def test_other_forms_are_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/operations/{ID}/docx")).status_code == 404
    assert (await client.post(f"/operations/{ID}/text")).status_code == 405


async def test_what_is_given_once_is_given_in_one_form() -> None:
    gateway = Gateway(settings=Settings(delete_when_read=True))
    finish(gateway.store, REQUEST, *PAGES)
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader.example") as client:
        assert (await client.get(f"/operations/{ID}/text")).status_code == 200
        assert (await client.get(f"{RESULTS}/{ID}")).status_code == 404


@every_output
async def test_storage_that_is_away(output: str) -> None:
    class Away(MemoryOperationStore):
        def get(self, id: str) -> None:  # type: ignore[override]
            raise StorageUnavailable

    transport = httpx.ASGITransport(Gateway(store_type=Away).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader.example") as client:
        assert (await client.get(f"/operations/{ID}/{output}")).status_code == 503
