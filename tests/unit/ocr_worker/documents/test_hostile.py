"""Bytes changed and cut at random: the outcome is a page or an error of ours, whatever the decoders make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_worker.documents import count_pages, load_page
from read_operations.errors import DocumentError, PageFailed
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


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "document"


def endure(path: Path, data: bytes, format: Format) -> None:
    path.write_bytes(data)
    try:
        pages = count_pages(path, format, SETTINGS)
        assert 1 <= pages <= SETTINGS.max_pages
    except DocumentError as error:
        assert str(path) not in error.message
    for number in (1, 2):
        try:
            page = load_page(path, format, number, SETTINGS)
        except (DocumentError, PageFailed) as error:
            assert str(path) not in error.message
        else:
            assert page.pixels.ndim == 3
            assert page.pixels.size <= 80_000_000
            assert page.width > 0
            assert page.height > 0


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    share=st.floats(0, 1) | st.just(1.0),
)
@example(changes=[], share=0.0)
@example(changes=[], share=1.0)
def test_changed_and_cut(path: Path, name: str, changes: list[tuple[float, int]], share: float) -> None:
    format, sample = SAMPLES[name]
    data = bytearray(sample)
    for at, value in changes:
        data[int(at * len(data))] = value

    endure(path, bytes(data[: round(share * len(data))]), format)


@pytest.mark.parametrize("format", Format)
@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400))
def test_noise_behind_a_header(path: Path, format: Format, noise: bytes) -> None:
    heads = {Format.JPEG: 24, Format.PNG: 33, Format.BMP: 54, Format.TIFF: 8, Format.PDF: 15}
    sample = next(data for kind, data in SAMPLES.values() if kind is format)

    endure(path, sample[: heads[format]] + noise, format)


@pytest.mark.parametrize("sent", SAMPLES)
@pytest.mark.parametrize("format", Format)
def test_one_format_under_another_s_name(path: Path, sent: str, format: Format) -> None:
    actual, data = SAMPLES[sent]
    if actual is not format:
        endure(path, data, format)
