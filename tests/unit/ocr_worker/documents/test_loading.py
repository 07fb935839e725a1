from __future__ import annotations

import pytest

from ocr_worker.documents import load_page, measure_page
from read_operations.errors import PageRefused
from read_operations.records import Format
from read_operations.settings import Settings
from tests.builders import PdfPage, encoded, orientation_exif, pdf, stored_as, text_page, tiff

from .conftest import Store

IMAGE = text_page().image


def turned_frame(orientation: int) -> bytes:
    image = stored_as(IMAGE, orientation)
    return encoded(image, "TIFF", dpi=(98, 204), exif=orientation_exif(orientation))


@pytest.mark.parametrize(
    ("data", "format"),
    [
        *((turned_frame(orientation), Format.TIFF) for orientation in (1, 3, 6, 8)),
        (tiff([IMAGE.convert("1")], compression="group4"), Format.TIFF),
        *((pdf([PdfPage(rotate=turn)]), Format.PDF) for turn in (0, 90, 180, 270)),
        (pdf([PdfPage(crop_box=(36, 396, 576, 700), rotate=90)]), Format.PDF),
    ],
)
def test_a_page_measures_what_it_is_read_with(store: Store, data: bytes, format: Format) -> None:
    path = store(data)
    page = load_page(path, format, 1, Settings())
    assert measure_page(path, format, 1, Settings()) == (page.width, page.height)


def test_a_page_that_is_refused_is_measured(store: Store) -> None:
    path, settings = store(tiff([IMAGE, IMAGE.resize((40, 30))])), Settings(min_image_side=50)
    with pytest.raises(PageRefused):
        load_page(path, Format.TIFF, 2, settings)
    assert measure_page(path, Format.TIFF, 2, settings) == (40, 30)
