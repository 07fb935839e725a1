"""The unmodified Azure client, pointed at us by its endpoint."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from azure.cognitiveservices.vision.computervision import ComputerVisionClient
from azure.cognitiveservices.vision.computervision.models import ComputerVisionOcrErrorException
from msrest.authentication import CognitiveServicesCredentials

from tests.builders import LINES, encoded, scanned_pdf, text_page, tiff
from tests.fleet import Fleet

OTHER_LINES = ("Delivery note 99", "Seven wooden boxes", "Signed by Ms Larsen")


@pytest.fixture
def client(fleet: Fleet) -> ComputerVisionClient:
    return ComputerVisionClient(fleet.endpoint, CognitiveServicesCredentials("any key"))


def read(client: ComputerVisionClient, data: bytes, **options: Any) -> Any:
    """What the client's own samples do: submit, cut the id off the URL, poll."""
    answer = client.read_in_stream(io.BytesIO(data), raw=True, **options)
    id = answer.headers["Operation-Location"].split("/")[-1]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        result = client.get_read_result(id)
        if result.status not in ("notStarted", "running"):
            return result
        time.sleep(0.1)
    raise TimeoutError


def texts(page: Any) -> list[str]:
    return [line.text for line in page.lines]


def test_a_jpeg(client: ComputerVisionClient) -> None:
    sample = text_page()
    result = read(client, encoded(sample.image, "JPEG", quality=90))
    assert result.status == "succeeded"
    assert result.created_date_time
    assert result.analyze_result.version == "3.2.0"
    (page,) = result.analyze_result.read_results
    assert (page.page, page.unit, page.width, page.height) == (1, "pixel", *sample.image.size)
    assert abs(page.angle) < 1
    assert texts(page) == list(LINES)
    words = [word for line in page.lines for word in line.words]
    assert [word.text for word in words] == [word.text for word in sample.words]
    for word, known in zip(words, sample.words, strict=True):
        assert word.confidence > 0.8
        assert len(word.bounding_box) == 8
        left, top, right, bottom = known.box
        xs, ys = word.bounding_box[::2], word.bounding_box[1::2]
        assert min(xs) < (left + right) / 2 < max(xs)
        assert min(ys) < (top + bottom) / 2 < max(ys)


def test_a_pdf_of_several_pages(client: ComputerVisionClient) -> None:
    pages = [text_page(lines, size=(850, 1100)) for lines in (LINES, OTHER_LINES, LINES)]
    result = read(client, scanned_pdf([page.image for page in pages], dpi=100))
    read_results = result.analyze_result.read_results
    assert [page.page for page in read_results] == [1, 2, 3]
    assert [(page.width, page.height, page.unit) for page in read_results] == [(8.5, 11, "inch")] * 3
    assert [texts(page) for page in read_results] == [list(LINES), list(OTHER_LINES), list(LINES)]
    first = read_results[0].lines[0].words[0]
    left, top, right, bottom = (value / 100 for value in pages[0].words[0].box)
    assert min(first.bounding_box[::2]) == pytest.approx(left, abs=0.1)
    assert max(first.bounding_box[::2]) == pytest.approx(right, abs=0.1)
    assert min(first.bounding_box[1::2]) == pytest.approx(top, abs=0.1)
    assert max(first.bounding_box[1::2]) == pytest.approx(bottom, abs=0.1)


def test_a_tiff_from_its_second_page_to_the_largest_number(client: ComputerVisionClient) -> None:
    frames = [text_page(lines).image for lines in (LINES, OTHER_LINES, LINES)]
    result = read(client, tiff(frames), pages=["2-2147483647"])
    read_results = result.analyze_result.read_results
    assert [page.page for page in read_results] == [2, 3]
    assert [page.unit for page in read_results] == ["pixel", "pixel"]
    assert [texts(page) for page in read_results] == [list(OTHER_LINES), list(LINES)]


def test_the_client_sees_our_sentences(client: ComputerVisionClient) -> None:
    with pytest.raises(ComputerVisionOcrErrorException, match="Operation ID is invalid") as caught:
        client.get_read_result("00000000-0000-4000-8000-000000000000")
    assert caught.value.error.code == "BadArgument"
    with pytest.raises(ComputerVisionOcrErrorException) as caught:
        read(client, b"this is no picture")
    assert caught.value.error.code == "InvalidImageFormat"
