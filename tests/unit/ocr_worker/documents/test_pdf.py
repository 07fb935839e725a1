from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from ocr_worker.documents import PageImage, count_pages, load_page, load_text, resolution
from ocr_worker.engine.port import plane
from read_operations.errors import DocumentDamaged, DocumentEncrypted, DocumentTooLarge, PageFailed, PageRefused
from read_operations.records import Format, Unit
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, SampleWord, assembled, pdf, scanned_pdf, text_page, truncated

from .conftest import Load, Store

TEXT = PdfText(text="Invoice number 20417", x=72, y=700, size=24)


def ink(page: PageImage) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is not white, in points."""
    rows, columns = np.nonzero(plane(page.pixels) < 128)
    across, down = (units * 72 for units in page.units_per_pixel)
    return columns.min() * across, rows.min() * down, (columns.max() + 1) * across, (rows.max() + 1) * down


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def union(words: tuple[SampleWord, ...]) -> tuple[float, float, float, float]:
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def test_a_page_is_measured_in_inches(load: Load) -> None:
    page = load(pdf([PdfPage(width=612, height=792, texts=(TEXT,))]), Format.PDF)

    assert (page.width, page.height, page.unit) == (8.5, 11, Unit.INCH)
    assert page.pixels.shape == (2200, 1700)
    assert page.pixels.flags.c_contiguous
    assert ink(page) == pytest.approx(union(TEXT.words(792)), abs=5)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotate_turns_the_page(load: Load, turn: int) -> None:
    plain = load(pdf([PdfPage(texts=(TEXT,))]), Format.PDF)

    page = load(pdf([PdfPage(texts=(TEXT,), rotate=turn)]), Format.PDF)

    assert (page.width, page.height) == ((11, 8.5) if turn != 180 else (8.5, 11))
    # Rotate counts clockwise, numpy the other way.
    expected = np.rot90(plain.pixels, -turn // 90)
    assert page.pixels.shape == expected.shape
    assert np.abs(page.pixels.astype(int) - expected).mean() < 0.5


def test_the_crop_box_is_the_page(load: Load) -> None:
    page = load(pdf([PdfPage(texts=(TEXT,), crop_box=(36, 396, 576, 756))]), Format.PDF)

    assert (page.width, page.height) == (7.5, 5)
    left, top, right, bottom = union(TEXT.words(792))
    assert ink(page) == pytest.approx((left - 36, top - 36, right - 36, bottom - 36), abs=5)


def test_what_is_filled_into_a_form_is_drawn(load: Load) -> None:
    page = load(pdf([PdfPage(field="Filled in")]), Format.PDF)

    left, top, right, bottom = ink(page)
    assert 20 <= left < right <= 320
    assert 792 - 60 <= top < bottom <= 792 - 20


@pytest.mark.parametrize(("dpi", "shown"), [(100, 150), (200, 200), (240, 240), (600, 375)])
def test_a_scan_is_drawn_at_its_own_resolution(load: Load, dpi: int, shown: int) -> None:
    # Given: a page of 8.8 inches
    scan = text_page(size=(int(8.8 * dpi), 4 * dpi), font_px=dpi // 5).image

    page = load(scanned_pdf([scan], dpi), Format.PDF)

    assert page.width == pytest.approx(8.8)
    assert page.pixels.shape == (4 * shown, round(8.8 * shown))


def test_a_scan_drawn_at_its_own_resolution_keeps_its_pixels(load: Load) -> None:
    scan = text_page(size=(1700, 1100)).image

    page = load(scanned_pdf([scan], 200), Format.PDF)

    assert np.abs(page.pixels.astype(int) - np.asarray(scan)).mean() < 1


def test_a_logo_does_not_make_a_scan(store: Store) -> None:
    # Given: a page drawn at twice the size of its picture
    data = pdf([PdfPage(width=100, height=100, picture=Image.new("L", (400, 400)), picture_box=(0, 0, 80, 80))])

    with pypdfium2.PdfDocument(data) as document:
        assert resolution.scan_dpi(document[0], 100 / 72, 100 / 72) is None


@pytest.mark.parametrize("user", [None, ""])
def test_an_owner_s_password_is_not_asked_for(load: Load, user: str | None) -> None:
    page = load(pdf([PdfPage(texts=(TEXT,))], user_password=user, owner_password="secret"), Format.PDF)

    assert ink(page) == pytest.approx(union(TEXT.words(792)), abs=5)


def test_a_user_s_password_is(store: Store) -> None:
    path = store(pdf([PdfPage(texts=(TEXT,))], user_password="secret"))

    for refused in (
        lambda: count_pages(path, Format.PDF, Settings()),
        lambda: load_page(path, Format.PDF, 1, Settings()),
    ):
        with pytest.raises(DocumentEncrypted, match="password"):
            refused()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.", b"<html>not found</html>", truncated(pdf([PdfPage()]), 0.3)])
def test_damaged_files(store: Store, data: bytes) -> None:
    path = store(data)

    with pytest.raises(DocumentDamaged, match="send it again whole"):
        count_pages(path, Format.PDF, Settings())
    with pytest.raises(DocumentDamaged):
        load_page(path, Format.PDF, 1, Settings())


def test_no_pages(store: Store) -> None:
    path = store(pdf([]))
    descriptors = open_files()

    for _ in range(3):
        with pytest.raises(DocumentDamaged, match="no pages"):
            count_pages(path, Format.PDF, Settings())

    assert open_files() == descriptors


def test_pages_are_counted(store: Store) -> None:
    path = store(pdf([PdfPage()] * 7))

    assert count_pages(path, Format.PDF, Settings(max_pages=7)) == 7
    with pytest.raises(DocumentTooLarge, match="more than 6 pages"):
        count_pages(path, Format.PDF, Settings(max_pages=6))


@pytest.mark.parametrize(
    ("error", "said", "refused"),
    [
        (MemoryError, "memory", False),
        (ValueError, "damaged", False),
        (ZeroDivisionError, "damaged", False),
        (pypdfium2.PdfiumError, "damaged", True),
    ],
)
def test_what_may_be_our_fault_is_told_from_damage(
    error: type[Exception], said: str, refused: bool, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise error("so it is")

    monkeypatch.setattr("ocr_worker.documents.pdf._drawn", failing)

    with pytest.raises(PageFailed, match=said) as caught:
        load(pdf([PdfPage()]), Format.PDF)
    assert isinstance(caught.value, PageRefused) == refused


@pytest.mark.parametrize("number", [0, 3])
def test_pages_that_are_not_there(load: Load, number: int) -> None:
    with pytest.raises(PageFailed, match=f"no page {number}"):
        load(pdf([PdfPage(), PdfPage()]), Format.PDF, number)


def test_one_bad_page_harms_only_itself(load: Load) -> None:
    # Given: a page tree that promises three pages and has one, with a hole in it
    data = assembled(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [9 0 R 4 0 R] /Count 3 >>",
            4: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>",
        },
        {},
    )

    outcomes = []
    for number in (1, 2, 3):
        try:
            outcomes.append(load(data, Format.PDF, number).height * 72)
        except PageFailed as error:
            assert f"Page {number}" in error.message
            outcomes.append(0)

    assert sorted(outcomes) == [0, 0, pytest.approx(400)]


@pytest.mark.parametrize(
    ("width", "height"),
    [(14_400, 14_400), (1e6, 1e6), (1e6, 1), (3, 3), (1, 1), (600, 50), (0.001, 0.001), (1e30, 1e30), (1e-30, 5)],
)
def test_pages_of_absurd_size_stay_within_bounds(load: Load, width: float, height: float) -> None:
    try:
        page = load(pdf([PdfPage(width=width, height=height)]), Format.PDF)
    except PageFailed:
        return

    rows, columns = page.pixels.shape[:2]
    assert rows * columns <= 25_010_000
    assert max(rows, columns) <= 10_000


@pytest.mark.parametrize(
    "box", [b"[0 0 0 0]", b"[612 792 0 0]", b"[0 0 -612 -792]", b"[a b c d]", b"[]", b"[0 0 1e99 9]"]
)
def test_page_boxes_of_nonsense(load: Load, box: bytes) -> None:
    data = pdf([PdfPage(texts=(TEXT,))]).replace(b"[0 0 612.0000 792.0000]", box.ljust(23))

    try:
        page = load(data, Format.PDF)
    except PageFailed:
        return

    assert page.width > 0
    assert page.height > 0
    assert max(page.pixels.shape) <= 10_000


def test_small_pages_get_enough_pixels(load: Load) -> None:
    page = load(pdf([PdfPage(width=144, height=72)]), Format.PDF)

    assert page.pixels.shape == (500, 1000)


def test_nothing_stays_open(store: Store) -> None:
    path = store(pdf([PdfPage(texts=(TEXT,), field="x", picture=text_page().image)]))
    load_page(path, Format.PDF, 1, Settings())
    descriptors = open_files()

    for _ in range(5):
        load_page(path, Format.PDF, 1, Settings())

    assert open_files() == descriptors


def test_a_name_with_odd_characters(tmp_path: Path) -> None:
    path = tmp_path / "ein Bläschen ~ 文"
    path.write_bytes(pdf([PdfPage()]))

    assert count_pages(path, Format.PDF, Settings()) == 1


def test_transparency_is_blended_on_white(load: Load) -> None:
    # Given: black at an opacity of one half
    data = pdf([PdfPage(width=200, height=100, texts=(PdfText(text="x", x=10, y=10),))])
    data = data.replace(b"/Resources << ", b"/Resources << /ExtGState << /G << /ca 0.5 >> >> ")
    text = b"q BT /F 12.00 Tf 0 Tr 0.000 0.000 0.000 rg 1 0 0 1 10.0000 10.0000 Tm (x) Tj ET Q"
    data = data.replace(text, b"/G gs 0 0 200 100 re f".ljust(len(text)))

    page = load(data, Format.PDF)

    assert page.pixels.mean() == pytest.approx(127.5, abs=2)


def test_a_page_may_have_a_longest_side(load: Load, store: Store) -> None:
    data = pdf([PdfPage(width=612, height=792, texts=(TEXT,))])

    load(data, Format.PDF, max_page_points=792)
    with pytest.raises(PageFailed, match=r"612 x 792 points; a side may have 791 \(READFLEET_MAX_PAGE_POINTS"):
        load(data, Format.PDF, max_page_points=791)
    with pytest.raises(PageFailed, match="612 x 792 points"):
        load_text(store(data), 1, Settings(max_page_points=791))
