"""What is fuzzed: whatever looks at bytes or words that a client sends. Each target raises what it should not."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pikepdf
from PIL import Image

from api_gateway.dimensions import image_size
from api_gateway.pdfs.passing import PassingPdf
from api_gateway.sniffing import sniff
from ocr_worker.documents import count_pages, load_page, load_text
from read_operations.errors import BadPages, DocumentError, PageFailed
from read_operations.pages import PageSelection
from read_operations.records import Format
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, encoded, pdf, text_page, tiff, turned_jpeg

SMALL: Final = text_page(["fox 12"], size=(96, 64), font_px=20, margin=8).image
#: Sides are kept short, so that a damaged header cannot make the test slow.
SETTINGS: Final = Settings(max_image_side=1_000, max_pages=20)
SAMPLES: Final = {
    "jpeg": (Format.JPEG, encoded(SMALL, "JPEG")),
    "jpeg-turned": (Format.JPEG, turned_jpeg(SMALL.convert("CMYK"), 6)),
    "jpeg-progressive": (Format.JPEG, encoded(SMALL.convert("RGB"), "JPEG", progressive=True)),
    "png": (Format.PNG, encoded(SMALL.convert("RGB"), "PNG")),
    "png-palette": (Format.PNG, encoded(SMALL.convert("P"), "PNG", transparency=3)),
    "png-alpha": (Format.PNG, encoded(SMALL.convert("RGBA"), "PNG")),
    "bmp": (Format.BMP, encoded(SMALL.convert("P"), "BMP")),
    "tiff-g4": (Format.TIFF, tiff([SMALL.convert("1")] * 2, compression="group4")),
    "tiff-lzw": (Format.TIFF, tiff([SMALL], compression="tiff_lzw")),
    "tiff-jpeg": (Format.TIFF, tiff([SMALL.convert("RGB")], compression="jpeg")),
    "tiff-big": (Format.TIFF, tiff([Image.new("I;16", (60, 60))], big_tiff=True)),
    "pdf": (
        Format.PDF,
        pdf([PdfPage(width=90, height=60, texts=(PdfText(text="a b", x=9, y=9),), field="v", picture=SMALL)]),
    ),
    "pdf-encrypted": (Format.PDF, pdf([PdfPage(width=90, height=60)], owner_password="o")),
}


def endure(path: Path, data: bytes, format: Format) -> None:
    """Opens a document and reads pages of it: gives a page or an error of ours, whatever the bytes are."""
    path.write_bytes(data)
    try:
        pages = count_pages(path, format, SETTINGS)
        assert 1 <= pages <= SETTINGS.max_pages
    except DocumentError as error:
        assert str(path) not in error.message
    for number in (1, 2):
        if format is Format.PDF:
            with contextlib.suppress(DocumentError, PageFailed):
                load_text(path, number, SETTINGS)
        try:
            page = load_page(path, format, number, SETTINGS)
        except (DocumentError, PageFailed) as error:
            assert str(path) not in error.message
        else:
            assert page.pixels.ndim in (2, 3)
            assert page.pixels.size <= 80_000_000
            assert page.width > 0
            assert page.height > 0


def parse_pages(data: bytes) -> None:
    """Parses a `pages` parameter: the pages of a document, ascending and each once, or the error for it."""
    try:
        selection = PageSelection.parse(data.decode("utf-8", errors="replace"))
        pages = selection.select(50)
    except BadPages:
        return
    assert pages == sorted(set(pages))
    assert 1 <= pages[0] <= pages[-1] <= 50


def look_at_header(data: bytes) -> None:
    """Looks at a document as the gateway does, before anybody has checked it."""
    format = sniff(data)
    if format is Format.PDF:
        passing = PassingPdf()
        with contextlib.suppress(DocumentError):
            for at in range(0, len(data), 500):
                passing.see(data[at : at + 500])
            passing.check()
    elif format is not None:
        image_size(format, data)


def _locked() -> list[bytes]:
    """PDFs with passwords of every revision, with a trailer and with a stream for one."""
    found = []
    for revision in (2, 3, 4, 6):
        for mode in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
            out = io.BytesIO()
            with pikepdf.new() as document:
                document.add_blank_page()
                encryption = pikepdf.Encryption(
                    user="u", owner="o", R=revision, aes=revision > 3, metadata=revision > 3
                )
                document.save(out, encryption=encryption, object_stream_mode=mode)
            found.append(out.getvalue())
    return found


def _document(format: Format) -> Callable[[bytes], None]:
    path = Path(tempfile.mkdtemp(prefix="fuzz-")) / "document"
    return lambda data: endure(path, data, format)


#: Name -> how the target is made, and what it is begun with.
TARGETS: Final[dict[str, tuple[Callable[[], Callable[[bytes], None]], list[bytes]]]] = {
    "pages": (lambda: parse_pages, [b"3", b"3-6,8", b"5-", b"-4, 7"]),
    "headers": (lambda: look_at_header, [*(data for _, data in SAMPLES.values()), *_locked()]),
    **{
        format.value: (partial(_document, format), [data for kind, data in SAMPLES.values() if kind is format])
        for format in Format
    },
}
