"""Text, hOCR, ALTO and a searchable PDF of documents that a fleet has read, asked for as users do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests import pdf_reader
from tests.builders import LINES, PdfPage, PdfText, encoded, orientation_exif, pdf, stored_as, text_page, tiff
from tests.fleet import Fleet

WORDS: Final = " ".join(LINES).split()


def mixed_document() -> bytes:
    """A page that carries its text, and a scan that the viewer turns."""
    scan = text_page().image.rotate(90, expand=True)
    return pdf(
        [
            PdfPage(texts=(PdfText(text="Typed words", x=72, y=700),)),
            PdfPage(width=scan.width * 0.72, height=scan.height * 0.72, picture=scan, rotate=90),
        ]
    )


def read(fleet: Fleet, document: Path, form: str) -> bytes:
    """What `readfleet read` prints."""
    command = [sys.executable, "-m", "readfleet", "read", str(document), "--endpoint", fleet.endpoint, "--format", form]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout


def test_each_form_over_http(fleet: Fleet) -> None:
    # Given a document that was read
    id = fleet.submit(mixed_document())
    fleet.result(id)
    address = f"{fleet.endpoint}/operations/{id}"
    # When it is asked for in each form
    text, hocr, alto = (httpx.get(f"{address}/{form}") for form in ("text", "hocr", "alto"))
    # Then each has both pages' words
    assert text.text == "Typed words\n\f" + "".join(f"{line}\n" for line in LINES)
    spans = [each.text for each in ET.fromstring(hocr.content).iter() if each.get("class") == "ocrx_word"]
    strings = [each.get("CONTENT") for each in ET.fromstring(alto.content).iter() if each.tag.endswith("}String")]
    assert spans == strings == ["Typed", "words", *WORDS]


def test_a_page_that_was_refused_has_its_size_in_each_form(fleet: Fleet) -> None:
    id = fleet.submit(tiff([text_page().image, text_page().image.resize((60, 40))]))
    result: Any = fleet.result(id)
    page = result["analyzeResult"]["readResults"][1]
    assert (page["lines"], page["width"], page["height"]) == ([], 60, 40)
    hocr, alto = (httpx.get(f"{fleet.endpoint}/operations/{id}/{form}").text for form in ("hocr", "alto"))
    assert "bbox 0 0 60 40; ppageno 1" in hocr
    assert 'PHYSICAL_IMG_NR="2" WIDTH="60" HEIGHT="40"' in alto


def test_a_pdf_that_can_be_searched(fleet: Fleet, tmp_path: Path) -> None:
    document = tmp_path / "mixed.pdf"
    document.write_bytes(mixed_document())
    made = read(fleet, document, "pdf")
    assert pdf_reader.text(made, 1) == "Typed words"
    assert pdf_reader.text(made, 2).splitlines() == list(LINES)
    assert pdf_reader.finds(made, "quick brown", 2)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_becomes_a_pdf_whose_words_are_where_they_are_seen(
    fleet: Fleet, tmp_path: Path, orientation: int
) -> None:
    # Given a photo that its EXIF turns
    sample = text_page()
    document = tmp_path / "photo.jpg"
    document.write_bytes(encoded(stored_as(sample.image, orientation), "JPEG", exif=orientation_exif(orientation)))
    # When it is read into a PDF
    made = read(fleet, document, "pdf")
    # Then its words are found within a few pixels of their ink
    width, height = sample.image.size
    found = pdf_reader.words(made)
    assert [word.text for word in found] == WORDS
    for word, wanted in zip(found, sample.words, strict=True):
        left, top, right, bottom = word.box
        middle = (left + right) / 2 * width, (top + bottom) / 2 * height
        assert middle[0] == pytest.approx((wanted.box[0] + wanted.box[2]) / 2, abs=12)
        assert middle[1] == pytest.approx((wanted.box[1] + wanted.box[3]) / 2, abs=8)
