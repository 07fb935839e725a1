"""The calls before Read."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from api_gateway.surfaces import PRINTED_OCR, RECOGNIZE_TEXT, PrintedOcr, RecognizeText
from read_operations.records import Failure, Format, Line, Page, ReadingOrder, Request, Status, Unit, Word
from read_operations.settings import Settings
from tests.builders import PdfPage, encoded, pdf, text_page, tiff
from tests.unit.api_gateway.support import Gateway, QueueThatReads, finish

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
WORD = Word(text="Hello", box=(10, 5, 40, 5, 40, 15, 10, 15), confidence=0.3)
LINE = Line(text="Hello", box=WORD.box, words=(WORD,), handwriting=0.1)
PAGE = Page(number=1, width=100, height=50, unit=Unit.PIXEL, lines=(LINE,))
TURNED = Page(number=1, width=100, height=50, unit=Unit.PIXEL, angle=180, lines=(LINE,))

every_version = pytest.mark.parametrize("ocr", PRINTED_OCR, ids=lambda ocr: ocr.version)
both_versions = pytest.mark.parametrize("recognize", RECOGNIZE_TEXT, ids=lambda recognize: recognize.version)


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000")


def reading(page: Page) -> Gateway:
    """A gateway behind which every image has this page."""

    def work(id: str) -> None:
        gateway.store.commit(id, page)
        gateway.store.finish(id, Status.SUCCEEDED)

    gateway = Gateway(queue=QueueThatReads(work))
    return gateway


class TestOcr:
    @every_version
    async def test_answers_at_once(self, ocr: PrintedOcr, png: bytes) -> None:
        gateway = reading(PAGE)
        async with client_of(gateway) as client:
            answer = await client.post(ocr.submit_and_wait, content=png, params={"language": "unk"})
        assert answer.status_code == 200
        body = answer.json()
        assert body.pop("modelVersion", None) == ("2021-04-01" if ocr.version == "v3.2" else None)
        assert body == {
            "language": "unk",
            "textAngle": 0,
            "orientation": "Up",
            "regions": [
                {
                    "boundingBox": "10,5,30,10",
                    "lines": [{"boundingBox": "10,5,30,10", "words": [{"boundingBox": "10,5,30,10", "text": "Hello"}]}],
                }
            ],
        }
        request = gateway.store.get(answer.headers["apim-request-id"]).request
        assert request.reading_order is ReadingOrder.NATURAL

    @pytest.mark.parametrize(
        ("query", "orientation"),
        [("", "Down"), ("?detectOrientation=true", "Down"), ("?DETECTORIENTATION=False", "NotDetected")],
    )
    async def test_says_which_way_up_the_text_is_unless_told_not_to(
        self, png: bytes, query: str, orientation: str
    ) -> None:
        async with client_of(reading(TURNED)) as client:
            answer = await client.post(f"/vision/v2.0/ocr{query}", content=png)
        assert answer.json()["orientation"] == orientation

    @pytest.mark.parametrize("language", ["el", "sr-Cyrl", "sr-Latn", "nb"])
    async def test_takes_its_own_languages(self, png: bytes, language: str) -> None:
        async with client_of(reading(PAGE)) as client:
            answer = await client.post("/vision/v3.2/ocr", content=png, params={"language": language})
        assert answer.json()["language"].lower() == language.lower()

    async def test_a_failure_is_an_error(self, png: bytes) -> None:
        damaged = Failure(code="InvalidImage", message="The file is damaged.")

        def work(id: str) -> None:
            gateway.store.commit(id, replace(PAGE, failure=damaged))
            gateway.store.finish(id, Status.FAILED, damaged)

        gateway = Gateway(queue=QueueThatReads(work))
        async with client_of(gateway) as client:
            answer = await client.post("/vision/v3.2/ocr", content=png)
        assert answer.status_code == 400
        assert answer.json()["error"] == {"code": "InvalidImage", "message": "The file is damaged."}

    @every_version
    async def test_too_long_a_wait_leads_to_the_result_with_read(self, ocr: PrintedOcr, png: bytes) -> None:
        gateway = Gateway(settings=Settings(sync_timeout_s=0.1))
        async with client_of(gateway) as client:
            answer = await client.post(ocr.submit_and_wait, content=png)
            assert answer.status_code == 504
            gateway.store.commit(answer.headers["apim-request-id"], PAGE)
            gateway.store.finish(answer.headers["apim-request-id"], Status.SUCCEEDED)
            result = await client.get(answer.headers["operation-location"])
        assert result.status_code == 200
        assert result.json()["status"].lower() == "succeeded"


class TestRecognizeText:
    @both_versions
    @pytest.mark.parametrize("mode", ["Printed", "Handwritten", None])
    async def test_submits(
        self, gateway: Gateway, client: httpx.AsyncClient, recognize: RecognizeText, mode: str | None, png: bytes
    ) -> None:
        answer = await client.post(recognize.submit, content=png, params={"mode": mode} if mode else {})
        assert answer.status_code == 202
        path, _, id = httpx.URL(answer.headers["operation-location"]).path.rpartition("/")
        assert path == f"/vision/{recognize.version}/textOperations"
        assert gateway.store.get(id).request == Request(id=id, format=Format.PNG)

    @both_versions
    async def test_there_are_two_modes(self, client: httpx.AsyncClient, recognize: RecognizeText, png: bytes) -> None:
        answer = await client.post(recognize.submit, content=png, params={"mode": "Painted"})
        assert (answer.status_code, answer.json()["code"]) == (400, "BadArgument")

    @both_versions
    async def test_the_result_is_one_list_of_lines(
        self, gateway: Gateway, client: httpx.AsyncClient, recognize: RecognizeText
    ) -> None:
        finish(gateway.store, Request(id=ID, format=Format.PNG), PAGE)
        answer = await client.get(f"{recognize.results[0]}/{ID}")
        assert answer.text == (
            '{"status":"Succeeded","recognitionResult":{"lines":['
            '{"boundingBox":[10,5,40,5,40,15,10,15],"text":"Hello","words":['
            '{"boundingBox":[10,5,40,5,40,15,10,15],"text":"Hello","confidence":"Low"}]}]}}'
        )

    @both_versions
    async def test_before_there_is_a_result(
        self, gateway: Gateway, client: httpx.AsyncClient, recognize: RecognizeText
    ) -> None:
        gateway.store.create(Request(id=ID, format=Format.PNG), [1])
        answer = await client.get(f"{recognize.results[0]}/{ID}")
        assert answer.text == '{"status":"NotStarted"}'
        assert (await client.get(f"{recognize.results[0]}/nonsense")).json()["code"] == "BadArgument"


@pytest.mark.parametrize(
    "data", [pdf([PdfPage()]), tiff([text_page().image]), encoded(text_page().image, "GIF")], ids=["pdf", "tiff", "gif"]
)
@pytest.mark.parametrize(
    "path", [*(ocr.submit_and_wait for ocr in PRINTED_OCR), *(recognize.submit for recognize in RECOGNIZE_TEXT)]
)
async def test_images_only(gateway: Gateway, client: httpx.AsyncClient, path: str, data: bytes) -> None:
    answer = await client.post(path, content=data)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidImageFormat"
    assert "JPEG, PNG or BMP file here" in answer.json()["message"]
    assert gateway.leftovers() == set()
