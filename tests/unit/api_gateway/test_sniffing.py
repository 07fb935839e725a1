from __future__ import annotations

import pytest

from api_gateway.sniffing import sniff
from read_operations.records import Format
from tests.builders import PdfPage, encoded, pdf, text_page

IMAGE = text_page().image


@pytest.mark.parametrize("format", [Format.JPEG, Format.PNG, Format.BMP, Format.TIFF])
def test_images(format: Format) -> None:
    assert sniff(encoded(IMAGE, format.value)) is format


@pytest.mark.parametrize("start", [b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"])
def test_tiff_in_all_its_byte_orders(start: bytes) -> None:
    assert sniff(start) is Format.TIFF


def test_pdf() -> None:
    assert sniff(pdf([PdfPage()])) is Format.PDF
    assert sniff(b"rubbish\n" * 100 + b"%PDF-1.4\n") is Format.PDF
    assert sniff(b"x" * 1024 + b"%PDF-1.4\n") is None


@pytest.mark.parametrize(
    "start", [b"", b"%", b"GIF89a", b"BMW is a make of cars, and this is not a picture", b"\x89PNG", b"{}", b"MM"]
)
def test_what_is_no_document(start: bytes) -> None:
    assert sniff(start) is None
