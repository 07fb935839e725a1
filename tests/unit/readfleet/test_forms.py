from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from read_operations.errors import NotADocument
from read_operations.records import Output
from readfleet.client import Answer
from readfleet.forms import pages_of, write_form
from tests import pdf_reader
from tests.builders import encoded, text_page

SAMPLE = text_page(["Invoice"])


def answer() -> Answer:
    left, top, right, bottom = SAMPLE.words[0].box
    box = [left, top, right, top, right, bottom, left, bottom]
    word = {"boundingBox": box, "text": "Invoice", "confidence": 0.98}
    line: dict[str, Any] = {"boundingBox": box, "text": "Invoice", "words": [word]}
    width, height = SAMPLE.image.size
    page = {
        "page": 1,
        "language": "en",
        "angle": 0.5,
        "width": width,
        "height": height,
        "unit": "pixel",
        "lines": [line],
    }
    return Answer(body={"status": "succeeded", "analyzeResult": {"version": "3.2.0", "readResults": [page]}})


def made(output: Output, document: Path) -> bytes:
    target = io.BytesIO()
    write_form(output, answer(), document, target)
    return target.getvalue()


def test_an_answer_becomes_records() -> None:
    (page,) = pages_of(answer())
    assert (page.number, page.angle, page.lines[0].words[0].confidence) == (1, 0.5, 0.98)


def test_each_form_has_what_was_read(tmp_path: Path) -> None:
    document = tmp_path / "scan.png"
    document.write_bytes(encoded(SAMPLE.image, "PNG"))
    assert made(Output.TEXT, document) == b"Invoice\n"
    assert b">Invoice</span>" in made(Output.HOCR, document) and b' lang="en"' in made(Output.HOCR, document)
    assert b'CONTENT="Invoice"' in made(Output.ALTO, document)
    assert pdf_reader.text(made(Output.PDF, document)) == "Invoice"


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.doc").write_bytes(b"whatever")
    with pytest.raises(NotADocument):
        made(Output.PDF, tmp_path / "scan.doc")
