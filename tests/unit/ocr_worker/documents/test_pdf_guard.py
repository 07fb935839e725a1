from __future__ import annotations

import zlib
from typing import Any

import pytest
from PIL import Image

from ocr_worker.documents import count_pages
from ocr_worker.documents.pdf_guard import check_structure
from read_operations.errors import DocumentTooDeep, DocumentTooLarge
from read_operations.records import Format
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, assembled, encoded, pdf, scanned_pdf, text_page

from .conftest import Store

CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] %b >>"
#: So that a megabyte is much.
SMALL: dict[str, Any] = {"decompression_floor_bytes": 100_000}


def with_object(body: bytes) -> bytes:
    return assembled({1: CATALOGUE, 2: PAGES, 3: PAGE % b"", 4: body}, {})


def with_stream(filters: bytes, data: bytes, more: bytes = b"") -> bytes:
    dictionary = b"<< /Filter %b %b /Length %%d >>" % (filters, more)
    return assembled({1: CATALOGUE, 2: PAGES, 3: PAGE % b"/Contents 4 0 R", 4: dictionary}, {4: data})


def test_documents_as_they_are(store: Store) -> None:
    scan = text_page().image
    for data in (pdf([PdfPage(texts=(PdfText(text="Hi", x=9, y=9),))] * 30), scanned_pdf([scan] * 3, 100), b"", b"no"):
        check_structure(store(data), Settings())


@pytest.mark.parametrize(
    ("nested", "deep"),
    [
        (b"[" * 64 + b"]" * 64, False),
        (b"[" * 65 + b"]" * 65, True),
        (b"<< /A " * 65 + b">>" * 65, True),
        (b"[ << /A" * 33 + b">> ]" * 33, True),
        (b"[ ] << >> " * 1000, False),
        (b"[ " + b"<< /A [0] >> " * 1000 + b"]", False),
        (b"[ " + b"<48> <</A <48>>> " * 1000 + b"]", False),
        # In a string, whatever brackets are in it, and in a comment
        (b"(" + b"[" * 100 + b")" + b"[]" * 100, False),
        (b"(a (b) \\( " + b"[" * 100 + b")" + b"[]" * 100, False),
        (b"[]" * 100 + b"% " + b"[" * 100 + b"\n", False),
        (b"(a) " + b"[" * 65, True),
        (b"(a \\) (b)) " + b"[" * 65, True),
    ],
)
def test_how_deep_objects_nest(store: Store, nested: bytes, deep: bool) -> None:
    path = store(with_object(nested))
    if not deep:
        check_structure(path, Settings())
        return
    with pytest.raises(DocumentTooDeep, match="more than 64 deep") as caught:
        count_pages(path, Format.PDF, Settings())
    assert caught.value.code == "InvalidImage"


def test_what_is_in_streams_does_not_nest(store: Store) -> None:
    check_structure(store(with_stream(b"/None", b"[" * 1000)), Settings())
    check_structure(store(with_object(b"<< /Length 9 >>\nstream\n" + b"[" * 1000 + b"\nendstream")), Settings())


def tree(depth: int) -> bytes:
    nodes = {number: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1) for number in range(2, depth + 2)}
    return assembled({1: CATALOGUE, **nodes, depth + 2: PAGE % b""}, {})


def test_how_deep_pages_nest(store: Store) -> None:
    assert count_pages(store(tree(500)), Format.PDF, Settings()) == 1
    path = store(tree(501))
    with pytest.raises(DocumentTooDeep, match="more than 500 deep"):
        check_structure(path, Settings())


def test_trees_that_lead_back_to_themselves(store: Store) -> None:
    kids = b"<< /Kids [" + b" ".join(b"%d 0 R" % number for number in range(1, 40)) + b"] >>"
    check_structure(store(assembled(dict.fromkeys(range(1, 40), kids), {})), Settings())


ZEROS = bytes(1_000_000)


@pytest.mark.parametrize(
    ("filters", "data"),
    [
        (b"/FlateDecode", zlib.compress(ZEROS)),
        (b"[ /FlateDecode ]", zlib.compress(ZEROS)),
        (b"/Fl#61teDecode", zlib.compress(ZEROS)),
        (b"[/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(ZEROS * 100))),
        (b"[/ASCIIHexDecode/FlateDecode]", zlib.compress(ZEROS).hex().encode() + b">"),
        (b"[/FlateDecode /RunLengthDecode]", zlib.compress(b"\x81\0" * 100_000)),
    ],
)
def test_how_much_a_stream_unpacks_to(store: Store, filters: bytes, data: bytes) -> None:
    path = store(with_stream(filters, data))
    with pytest.raises(DocumentTooLarge, match=r"A stream of the PDF .*READFLEET_MAX_DECOMPRESSION_RATIO") as caught:
        count_pages(path, Format.PDF, Settings(**SMALL))
    assert caught.value.code == "InvalidImageSize"
    check_structure(path, Settings(decompression_floor_bytes=len(ZEROS) * 100))
    check_structure(path, Settings(**SMALL, max_decompression_ratio=10**6))


def test_what_is_not_packed_tightly_may_be_large(store: Store) -> None:
    data = zlib.compress(b"".join(b"%d " % (number * number) for number in range(200_000)))
    check_structure(store(with_stream(b"/FlateDecode", data)), Settings(**SMALL))


PICTURE = b"/Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB"


def test_a_picture_counts_as_it_says(store: Store) -> None:
    data = zlib.compress(bytes(3 * 60 * 60))
    check_structure(store(with_stream(b"/FlateDecode", data, PICTURE % (60, 60))), Settings(**SMALL))
    with pytest.raises(DocumentTooLarge, match="A picture in the PDF"):
        check_structure(store(with_stream(b"/FlateDecode", data, PICTURE % (600, 600))), Settings(**SMALL))
    # What comes before the last filter is unpacked whole.
    with pytest.raises(DocumentTooLarge, match="A stream of the PDF"):
        check_structure(
            store(with_stream(b"[/FlateDecode /DCTDecode]", zlib.compress(ZEROS), PICTURE % (9, 9))), Settings(**SMALL)
        )
    # As blank as can be, and as large as anybody scans
    scan = b"/Subtype /Image /Width 7016 /Height 9921 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    check_structure(store(with_stream(b"/FlateDecode", zlib.compress(bytes(7016 * 9921 * 3)), scan)), Settings())


def test_a_jpeg_in_a_filter_is_no_bomb(store: Store) -> None:
    data = zlib.compress(encoded(Image.effect_noise((300, 300), 90), "JPEG"))
    check_structure(store(with_stream(b"[/FlateDecode /DCTDecode]", data, PICTURE % (300, 300))), Settings(**SMALL))


def test_rubbish_is_given_up_soon(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_worker.documents.pdf_guard._MOST_STEPS", 1000)
    for rubbish in (b"[ ]", b"[(((((", b"<<>>stream\nendstream ", b">>", b"1 0 obj /Kids [2 0 R] endobj "):
        check_structure(store(b"%PDF-1.7\n" + rubbish * 10_000), Settings())


@pytest.mark.parametrize("word", [b"/Kids[", b"/Filter["])
def test_what_never_ends_is_looked_through_once(store: Store, word: bytes) -> None:
    # In a comment, where it does not nest; from each to the end it would be ten thousand million steps and more
    kept_busy = b"1 0 obj <<%" + word * 500 + b">>stream\nendstream\n"
    check_structure(store(b"%PDF-1.7\n1 0 obj %" + word * 500_000 + kept_busy * 5_000), Settings())
