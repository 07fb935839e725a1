from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from read_operations.errors import DocumentDamaged, DocumentError
from read_operations.records import Format, Line, Page, Quad, Unit, Word
from tests import pdf_reader
from tests.builders import (
    LINES,
    Box,
    PdfPage,
    PdfText,
    SamplePage,
    encoded,
    orientation_exif,
    pdf,
    scanned_pdf,
    stored_as,
    text_page,
    tiff,
    truncated,
)
from tests.unit.ocr_worker.outputs.support import as_read, level, line, quad, rendered, scaled

DPI = 100
WORDS = " ".join(LINES).split()


def check(data: bytes) -> None:
    """The file is as the specification of PDF wants it, by qpdf's judgement."""
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.check_pdf_syntax() == []


def parts(sample: SamplePage) -> list[tuple[str, Box]]:
    width, height = sample.image.size
    return [
        (word.text, (word.box[0] / width, word.box[1] / height, word.box[2] / width, word.box[3] / height))
        for row in level(sample)
        for word in row
    ]


def assert_found(data: bytes, wanted: Sequence[tuple[str, Box]], number: int = 1, tolerance: float = 0.004) -> None:
    """The words can be marked where they stand, in their order, and are copied as they are."""
    found = pdf_reader.words(data, number)
    assert [word.text for word in found] == [text for text, _ in wanted]
    apart = [pdf_reader.far_apart(word.box, box) for word, (_, box) in zip(found, wanted, strict=True)]
    assert max(apart) < tolerance, apart


def turned(page: Page, quarters: int) -> Page:
    """The page turned clockwise."""

    def moved(box: Quad) -> Quad:
        points = list(zip(box[::2], box[1::2], strict=True))
        width, height = page.width, page.height
        for _ in range(quarters):
            points = [(height - y, x) for x, y in points]
            width, height = height, width
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = points
        return x1, y1, x2, y2, x3, y3, x4, y4

    lines = tuple(
        Line(
            text=each.text,
            box=moved(each.box),
            words=tuple(Word(text=w.text, box=moved(w.box), confidence=w.confidence) for w in each.words),
        )
        for each in page.lines
    )
    size = (page.height, page.width) if quarters % 2 else (page.width, page.height)
    return Page(number=page.number, width=size[0], height=size[1], unit=page.unit, lines=lines)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_scanned_page_can_be_searched_however_it_is_turned_to_be_shown(rotate: int, tmp_path: Path) -> None:
    # Given a page whose scan lies askew until the viewer turns it
    sample = text_page()
    scan = sample.image.rotate(rotate, expand=True)
    page = PdfPage(width=scan.width * 72 / DPI, height=scan.height * 72 / DPI, picture=scan, rotate=rotate)
    document = pdf([page])
    # When it is rendered
    made = rendered(document, Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    # Then each word is where it is seen, and the page looks as it did
    assert_found(made, parts(sample))
    assert pdf_reader.text(made).splitlines() == list(LINES)
    assert np.array_equal(pdf_reader.look(made), pdf_reader.look(document))
    check(made)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_text_that_runs_another_way_is_marked_that_way(quarters: int, tmp_path: Path) -> None:
    # Given a page that shows its text turned
    sample = text_page()
    scan = sample.image.rotate(-90 * quarters, expand=True)
    page = turned(as_read(sample, dpi=DPI), quarters)
    # When it is rendered
    made = rendered(scanned_pdf([scan], DPI), Format.PDF, [page], tmp_path)
    # Then the words are found there, from the start of the text to its end
    boxes = [
        (min(xs) / page.width, min(ys) / page.height, max(xs) / page.width, max(ys) / page.height)
        for each in page.lines
        for word in each.words
        for xs, ys in [(word.box[::2], word.box[1::2])]
    ]
    found = {word.text: word.box for word in pdf_reader.words(made)}
    assert sorted(found) == sorted(WORDS)
    assert max(pdf_reader.far_apart(found[text], box) for text, box in zip(WORDS, boxes, strict=True)) < 0.004
    assert pdf_reader.angles(made) == {-90 * quarters % 360}


def test_a_cropped_page(tmp_path: Path) -> None:
    # Given a page of which a part is shown
    sample = text_page()
    width, height = (side * 72 / DPI for side in sample.image.size)
    page = PdfPage(
        width=width + 130,
        height=height + 90,
        picture=sample.image,
        picture_box=(50, 40, 50 + width, 40 + height),
        crop_box=(50, 40, 50 + width, 40 + height),
    )
    # When it is rendered
    made = rendered(pdf([page]), Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    # Then the words are where they are seen
    assert_found(made, parts(sample))


@pytest.mark.parametrize(("degrees", "copied"), [(1, 0), (10, 0), (-5, 0), (94, 90), (40, 40), (-60, 300)])
def test_words_of_a_skewed_scan_lie_along_their_line(degrees: float, copied: float, tmp_path: Path) -> None:
    # Given two words on a line that climbs, clockwise degrees being negative
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def tilted(start: float, width: float) -> Quad:
        corners = (start, -0.2), (start + width, -0.2), (start + width, 0), (start, 0)
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = (
            (3.2 + x * cosine + y * sine, 1.6 - x * sine + y * cosine) for x, y in corners
        )
        return x1, y1, x2, y2, x3, y3, x4, y4

    words = [("climbing", tilted(0, 0.7)), ("words", tilted(0.8, 0.5))]
    page = Page(number=1, width=6.4, height=3.2, unit=Unit.INCH, lines=(line(words),))
    # When they are put on a page
    made = rendered(scanned_pdf([Image.new("L", (640, 320), "white")], 100), Format.PDF, [page], tmp_path)
    # Then each is copied whole and has its place; on a line that is nearly level each stands straight
    assert pdf_reader.text(made).split() == ["climbing", "words"]
    for word, (_, box) in zip(pdf_reader.words(made), words, strict=True):
        left, top, right, bottom = word.box
        assert (left + right) / 2 == pytest.approx(sum(box[::2]) / 4 / 6.4, abs=0.02)
        assert (top + bottom) / 2 == pytest.approx(sum(box[1::2]) / 4 / 3.2, abs=0.04)
    # PDFium tells the angle of stretched letters by some degrees wrong.
    assert all(angle == pytest.approx(copied, abs=5 if copied % 90 else 0) for angle in pdf_reader.angles(made))


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("中华人民共和国", ""),
        ("日本語の文章です。", ""),
        ("한국어 문장", " "),
        ("Ελληνικά кириллица", " "),
        ("naïve œuvre", " "),
        ("𠮷野家 𝄞", " "),
        ("<&>\"'() \\", " "),
    ],
)
def test_any_script_is_searched_and_copied_as_it_was_read(text: str, between: str, tmp_path: Path) -> None:
    # Given a line of it
    pieces = text.split(" ") if between else [text]
    words = [(piece, quad((1 + i * 1.5, 1, 2.3 + i * 1.5, 1.3))) for i, piece in enumerate(pieces)]
    page = Page(number=1, width=6.4, height=3.2, unit=Unit.INCH, lines=(line(words, between),))
    # When it is put on a page
    made = rendered(scanned_pdf([Image.new("L", (640, 320), "white")], 100), Format.PDF, [page], tmp_path)
    # Then it comes out of it
    assert pdf_reader.text(made) == text
    assert all(pdf_reader.finds(made, piece) for piece in pieces if max(piece) <= "\uffff")  # as far as PDFium searches
    check(made)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("format", "kind"), [(Format.JPEG, "JPEG"), (Format.PNG, "PNG")])
def test_a_picture_is_kept_as_it_is_and_shown_upright(
    format: Format, kind: str, orientation: int, tmp_path: Path
) -> None:
    # Given a picture that its EXIF turns upright
    sample = text_page()
    document = encoded(stored_as(sample.image, orientation), kind, exif=orientation_exif(orientation), dpi=(DPI, DPI))
    # When it is rendered
    made = rendered(document, format, [as_read(sample)], tmp_path)
    # Then it is upright, as large as it says, and has its words
    assert pdf_reader.size(made) == pytest.approx((sample.image.width * 0.72, sample.image.height * 0.72), rel=1e-4)
    seen = pdf_reader.look(made, dpi=DPI).astype(int)
    assert np.abs(seen - np.asarray(sample.image).astype(int)).mean() < 2
    assert_found(made, parts(sample))
    check(made)
    # And the picture's bytes are the file's
    with pikepdf.open(io.BytesIO(made)) as opened:
        (picture,) = opened.pages[0].obj.Resources.XObject.values()
        raw = picture.read_raw_bytes()
    assert raw == document if format is Format.JPEG else raw in document


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_turned_tiff_has_the_size_that_its_resolutions_make(mode: str, orientation: int, tmp_path: Path) -> None:
    # Given a TIFF of 640 x 320 pixels as it is seen, each twice as high as it is wide
    sample = text_page()
    image = stored_as(sample.image.convert(mode), orientation)
    dpi = (200, 100) if orientation < 5 else (100, 200)
    document = encoded(image, "TIFF", exif=orientation_exif(orientation), dpi=dpi)
    # When it is rendered
    made = rendered(document, Format.TIFF, [as_read(sample)], tmp_path)
    # Then so is its page
    assert pdf_reader.size(made) == pytest.approx((640 / 200 * 72, 320 / 100 * 72), rel=1e-4)
    assert_found(made, parts(sample))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
@pytest.mark.parametrize("format", [Format.JPEG, Format.PNG, Format.BMP, Format.TIFF])
def test_every_kind_of_picture_looks_as_it_does(format: Format, mode: str, tmp_path: Path) -> None:
    # Given a page in a mode that the format has
    sample = text_page()
    if mode == "I;16":
        grey = np.asarray(sample.image).astype(np.uint16)
        image = Image.fromarray(grey * 257)
    elif mode == "P":
        image = sample.image.quantize(16)
    else:
        image = sample.image.convert(mode if mode != "LA" else "L")
        if mode == "LA":
            image.putalpha(255)
    try:
        document = encoded(image, format.value.upper(), dpi=(DPI, DPI))
    except OSError:
        return  # the format has no such mode
    # When it is rendered
    made = rendered(document, format, [as_read(sample)], tmp_path)
    # Then it looks the same, and nothing was lost on the way
    seen = pdf_reader.look(made, dpi=DPI).astype(int)
    expected = np.asarray(image.convert("L") if mode != "I;16" else sample.image).astype(int)
    assert np.abs(seen - expected).mean() < 2
    assert_found(made, parts(sample))
    check(made)


def test_a_tiff_keeps_its_pages_and_is_small(tmp_path: Path) -> None:
    # Given a fax of three pages, of which the second was not asked for and the last is broken
    samples = [text_page([f"Page number {n}"]) for n in (1, 2, 3)]
    document = tiff([sample.image.convert("1") for sample in samples], compression="group4", dpi=(DPI, DPI))
    pages = [as_read(samples[i], number=i + 1, lines=[f"Page number {i + 1}"]) for i in (0, 2)]
    # When it is rendered
    made = rendered(document, Format.TIFF, pages, tmp_path)
    # Then it has three pages, two of them with text
    assert [pdf_reader.text(made, n).strip() for n in (1, 2, 3)] == ["Page number 1", "", "Page number 3"]
    for number, sample in enumerate(samples, start=1):
        seen = pdf_reader.look(made, number, dpi=DPI).astype(int)
        assert np.abs(seen - np.asarray(sample.image.convert("1").convert("L")).astype(int)).mean() < 2
    # And takes about as many bytes as the pictures
    assert len(made) < len(document) + 4_000
    check(made)


def test_a_frame_that_cannot_be_decoded_leaves_an_empty_page(tmp_path: Path) -> None:
    # Given a TIFF that was cut off in its last page
    samples = [text_page([f"Page number {n}"], size=(640, 320)) for n in (1, 2)]
    document = truncated(tiff([sample.image for sample in samples]), 0.7)
    # When it is rendered
    made = rendered(document, Format.TIFF, [as_read(samples[0], lines=["Page number 1"])], tmp_path)
    # Then the first page is there
    assert pdf_reader.text(made).strip() == "Page number 1"
    assert pdf_reader.look(made, 2).min() == 255


def test_a_page_with_a_text_layer_stays_as_it_is(tmp_path: Path) -> None:
    # Given a document of a page with text and a scanned one
    text = PdfText(text="Typed words", x=72, y=700)
    sample = text_page()
    scan = PdfPage(width=sample.image.width * 0.72, height=sample.image.height * 0.72, picture=sample.image)
    document = pdf([PdfPage(texts=(text,)), scan])
    typed = tuple(
        Word(
            text=word.text,
            box=scaled(word.box, 1 / 72),
            confidence=1,
        )
        for word in text.words(792)
    )
    layer = Line(text="Typed words", box=typed[0].box, words=typed)
    pages = [
        Page(number=1, width=8.5, height=11, unit=Unit.INCH, lines=(layer,)),
        as_read(sample, number=2, dpi=DPI),
    ]
    # When it is rendered
    made = rendered(document, Format.PDF, pages, tmp_path)
    # Then the first has its text once, in the stream it had
    assert pdf_reader.text(made, 1) == "Typed words"
    assert pdf_reader.text(made, 2).splitlines() == list(LINES)
    with pikepdf.open(io.BytesIO(made)) as after, pikepdf.open(io.BytesIO(document)) as before:
        assert after.pages[0].Contents.read_raw_bytes() == before.pages[0].Contents.read_raw_bytes()
    # And a document of such pages alone is the same, byte for byte
    assert rendered(document, Format.PDF, pages[:1], tmp_path) == document


def test_what_stands_on_a_picture_is_added_to_a_page_with_text(tmp_path: Path) -> None:
    # Given a typed page with a stamp, both of which were read
    text = PdfText(text="Typed words", x=72, y=700)
    stamp = text_page(["RECEIVED"], size=(240, 80), margin=10)
    document = pdf([PdfPage(texts=(text,), picture=stamp.image, picture_box=(300, 100, 480, 160))])
    typed, words = text.words(792), []
    for word in typed:
        words.append((word.text, scaled(word.box, 1 / 72)))
    stamped = line([("RECEIVED", quad((4.3, 8.9, 6.2, 9.3)))])
    page = Page(number=1, width=8.5, height=11, unit=Unit.INCH, lines=(line(words), stamped))
    # When it is rendered
    made = rendered(document, Format.PDF, [page], tmp_path)
    # Then each is there once
    assert sorted(word.text for word in pdf_reader.words(made)) == ["RECEIVED", "Typed", "words"]


def test_what_is_filled_into_a_form_is_not_written_again(tmp_path: Path) -> None:
    document = pdf([PdfPage(field="Jane")])
    value = line([("Jane", quad((24 / 72, 744 / 72, 82 / 72, 764 / 72)))])
    page = Page(number=1, width=8.5, height=11, unit=Unit.INCH, lines=(value,))
    assert rendered(document, Format.PDF, [page], tmp_path) == document


def test_protection_forms_and_bookmarks_survive(tmp_path: Path) -> None:
    # Given a scan with a bookmark and a form, that its owner has protected against changes
    sample = text_page()
    width, height = (side * 72 / DPI for side in sample.image.size)
    plain = pdf([PdfPage(width=width, height=height, picture=sample.image, field="Jane")])
    held = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as document:
        with document.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Chapter", 0))
        document.save(held, encryption=pikepdf.Encryption(owner="secret", allow=pikepdf.Permissions(extract=False)))
    # When it is rendered
    made = rendered(held.getvalue(), Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    # Then it has its text, and what it had
    with pikepdf.open(io.BytesIO(made)) as document, document.open_outline() as outline:
        assert document.is_encrypted and not document.allow.extract
        assert [item.title for item in outline.root] == ["Chapter"]
        assert str(document.Root.AcroForm.Fields[0].V) == "Jane"
    assert set(WORDS) <= {word.text for word in pdf_reader.words(made)}
    check(made)


def test_a_weakly_protected_document_stays_protected(tmp_path: Path) -> None:
    sample = text_page()
    page = PdfPage(width=sample.image.width * 0.72, height=sample.image.height * 0.72, picture=sample.image)
    made = rendered(pdf([page], owner_password="x"), Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    assert_found(made, parts(sample))
    with pikepdf.open(io.BytesIO(made)) as document:
        assert document.is_encrypted


def test_rendering_what_was_rendered_adds_nothing(tmp_path: Path) -> None:
    # Given a PDF that was made searchable
    sample = text_page()
    page = as_read(sample, dpi=DPI)
    once = rendered(scanned_pdf([sample.image], DPI), Format.PDF, [page], tmp_path)
    # Then it is not made so again; and what is new is added beside what is there
    assert rendered(once, Format.PDF, [page], tmp_path) == once
    other = Page(number=1, width=6.4, height=3.2, unit=Unit.INCH, lines=(line([("margin", quad((1, 2.8, 2, 3)))]),))
    assert pdf_reader.text(rendered(once, Format.PDF, [other], tmp_path)).split() == ["margin", *WORDS]


def test_pages_that_share_their_resources(tmp_path: Path) -> None:
    # Given a document whose pages inherit one dictionary of resources
    sample = text_page()
    held = io.BytesIO()
    with pikepdf.open(io.BytesIO(scanned_pdf([sample.image] * 3, DPI))) as document:
        document.Root.Pages.Resources = document.pages[0].obj.Resources
        for each in document.pages:
            del each.obj.Resources
        document.save(held)
    # When it is rendered
    pages = [as_read(sample, number=n, dpi=DPI) for n in (1, 2, 3)]
    made = rendered(held.getvalue(), Format.PDF, pages, tmp_path)
    # Then all have their text
    for number in (1, 2, 3):
        assert_found(made, parts(sample), number)
    check(made)


def listed(pages: Sequence[int | None], count: int) -> bytes:
    """A PDF of three pages that show `mark 1` to `mark 3`, with this list of them; None is no object of the file."""
    document = pdf([PdfPage(texts=(PdfText(text=f"mark {n}", x=72, y=700),)) for n in (1, 2, 3)])
    with pikepdf.open(io.BytesIO(document)) as opened:
        numbers = [page.obj.objgen[0] for page in opened.pages]
    old = b"/Kids [%b] /Count 3" % b" ".join(b"%d 0 R" % number for number in numbers)
    new = b" ".join(b"99 0 R" if page is None else b"%d 0 R" % numbers[page - 1] for page in pages)
    assert old in document
    return document.replace(old, b"/Kids [%b] /Count %d" % (new, count))


def read_in(document: bytes) -> list[Page]:
    """What is read of those pages that PDFium has: their mark, where they do not show it."""
    with pypdfium2.PdfDocument(document) as opened:
        count = len(opened)
    found = []
    for number in range(1, count + 1):
        with contextlib.suppress(pypdfium2.PdfiumError):
            mark = pdf_reader.text(document, number).split()[1]
            lines = (line([(f"read{mark}", quad((1, 5, 2, 5.3)))]),)
            found.append(Page(number=number, width=8.5, height=11, unit=Unit.INCH, lines=lines))
    return found


@pytest.mark.parametrize(
    ("pages", "count", "marks"),
    [
        ((1, 2, 3), 3, "123"),
        ((1, None, 2, 3), 4, "123"),
        ((None, None, 1, 2, 3, None), 6, "123"),
        ((1, 2, 3), 5, "123"),
        ((1, 2, 3), 2, "12"),
    ],
    ids=["sound", "one is missing", "some are missing", "says more", "says less"],
)
def test_text_gets_onto_its_own_page(pages: Sequence[int | None], count: int, marks: str, tmp_path: Path) -> None:
    # Given a PDF whose list of pages is not as it should be
    document = listed(pages, count)
    # When it is rendered
    made = rendered(document, Format.PDF, read_in(document), tmp_path)
    # Then each page has what was read on it
    for mark in "123":
        added = [f"read{mark}"] if mark in marks else []
        assert sorted(pdf_reader.text(made, int(mark)).split()) == [mark, "mark", *added]


@pytest.mark.parametrize(
    ("pages", "count"), [((1, None, 2, 3), 3), ((1, 1, 2, 3), 4)], ids=["missing, and says less", "one is listed twice"]
)
def test_text_that_might_get_onto_another_page_is_refused(
    pages: Sequence[int | None], count: int, tmp_path: Path
) -> None:
    document = listed(pages, count)
    with pytest.raises(DocumentDamaged, match="list of pages"):
        rendered(document, Format.PDF, read_in(document), tmp_path)
    # Unless there is none
    assert rendered(document, Format.PDF, [], tmp_path) == document


def test_a_scan_grows_by_little(tmp_path: Path) -> None:
    lines = [f"Line {n} of a page full of words that all have to be found" for n in range(40)]
    sample = text_page(lines, size=(1240, 1754), font_px=22)
    document = scanned_pdf([sample.image], 150)
    made = rendered(document, Format.PDF, [as_read(sample, lines=lines, dpi=150)], tmp_path)
    # 520 words: about a dozen bytes a word, and the font
    assert len(made) - len(document) < 12_000


def test_what_has_no_area_or_lies_nowhere_is_left_out(tmp_path: Path) -> None:
    flat = (1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0)
    far = (1e9, 1.0, 2e9, 1.0, 2e9, 2.0, 1e9, 2.0)
    lines = (line([("flat", flat)]), line([("far", far)]), line([("here", quad((1, 1, 2, 1.3)))]))
    page = Page(number=1, width=6.4, height=3.2, unit=Unit.INCH, lines=lines)
    gone = Page(number=7, width=6.4, height=3.2, unit=Unit.INCH, lines=lines)
    document = scanned_pdf([Image.new("L", (640, 320), "white")], 100)
    assert pdf_reader.text(rendered(document, Format.PDF, [page, gone], tmp_path)) == "here"


def test_a_damaged_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentDamaged):
        rendered(b"%PDF-1.7 nothing else", Format.PDF, [], tmp_path)


def test_a_form_field_that_no_form_knows_is_no_reason_to_complain(tmp_path: Path) -> None:
    sample = text_page()
    page = PdfPage(
        width=sample.image.width * 0.72, height=sample.image.height * 0.72, picture=sample.image, field="Jane"
    )
    document = pdf([page]).replace(b"/AcroForm", b"/NotAForm")
    made = rendered(document, Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    assert set(WORDS) <= set(pdf_reader.text(made).split())


@pytest.mark.parametrize("instead", [b"7", b"[]", b"(x)", b"null", b"/Q", b"<<>>", b"3 0 R", b"1 0 R"])
@pytest.mark.parametrize(
    "key", [b"Resources", b"Font", b"Contents", b"Kids", b"MediaBox", b"Type", b"Count", b"Annots"]
)
def test_whatever_is_wrong_with_a_document_it_is_rendered_or_refused(
    key: bytes, instead: bytes, tmp_path: Path
) -> None:
    sample = text_page()
    page = PdfPage(width=460.8, height=230.4, picture=sample.image, field="Jane")
    document = pdf([page]).replace(b"/%b " % key, b"/%b %b /Was%b " % (key, instead, key))
    try:
        made = rendered(document, Format.PDF, [as_read(sample, dpi=DPI)], tmp_path)
    except DocumentError:
        return
    with pikepdf.open(io.BytesIO(made), suppress_warnings=True) as opened:
        assert opened.is_encrypted is False
