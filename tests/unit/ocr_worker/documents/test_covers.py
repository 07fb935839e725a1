from __future__ import annotations

from dataclasses import replace

import pytest

from ocr_worker.documents import load_text
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, assembled, pdf

from .conftest import Store

#: So much of the page that the rest may be hidden.
PROSE = PdfText(
    text="When the layer of a page says something else than the page shows nobody should believe the layer at all",
    x=10,
    y=500,
    size=8,
)
REST = (PROSE, replace(PROSE, y=480))
#: In Courier of 20 points each character is 12 points wide: the number is from 216 to 336.
ACCOUNT = PdfText(text="Account 20417-3316 closed", x=120, y=700, size=20)
NUMBER = b"216 694 120 22 re"


def lines(store: Store, page: PdfPage) -> list[str] | None:
    layer = load_text(store(pdf([page])), 1, Settings())
    return None if layer is None else sorted(line.text for line in layer.lines)


@pytest.mark.parametrize(
    "bar",
    [
        b"0 g %b f",
        b"1 g %b f",
        b"0 g 0 G %b B",
        b"22 w 216 705 m 336 705 l S %%%b",
        b"0 g 216 694 60 22 re 270 694 66 22 re f %%%b",
        b"q 120 0 0 22 216 694 cm 0 0 1 1 re f Q %%%b",
    ],
    ids=["black", "white", "with an edge", "broad pen", "in two pieces", "scaled"],
)
def test_what_a_bar_covers_is_left_out(store: Store, bar: bytes) -> None:
    found = lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=bar % NUMBER))

    assert found == ["Account", PROSE.text, PROSE.text, "closed"]


@pytest.mark.parametrize("kind", [b"Square", b"Redact", b"Stamp"])
def test_what_is_stamped_on_a_page_covers_too(store: Store, kind: bytes) -> None:
    page = b"/MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F 3 0 R >> >> /Annots [6 0 R]"
    shown = b" ".join(
        b"BT /F %d Tf 1 0 0 1 %d %d Tm (%b) Tj ET" % (each.size, each.x, each.y, each.text.encode())
        for each in (ACCOUNT, *REST)
    )
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        4: b"<< /Type /Page /Parent 2 0 R %b >>" % page,
        5: b"<< /Length %d >>",
        6: b"<< /Type /Annot /Subtype /%b /F 4 /Rect [216 694 336 716] /AP << /N 7 0 R >> >>" % kind,
        7: b"<< /Type /XObject /Subtype /Form /BBox [0 0 120 22] /Length %d >>",
    }

    layer = load_text(store(assembled(bodies, {5: shown, 7: b"0 g 0 0 120 22 re f"})), 1, Settings())

    assert layer is not None
    assert sorted(line.text for line in layer.lines) == ["Account", PROSE.text, PROSE.text, "closed"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_what_a_bar_covers_on_a_turned_page_is_left_out(store: Store, turn: int) -> None:
    found = lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=b"0 g %b f" % NUMBER, rotate=turn))

    assert found == ["Account", PROSE.text, PROSE.text, "closed"]


def test_what_a_bar_covers_beside_text_that_runs_up_is_left_out(store: Store) -> None:
    up = PdfText(text="Account 20417-3316 closed", x=580, y=120, size=20, quarters=1)

    found = lines(store, PdfPage(texts=(up, *REST), drawn_last=b"0 g 560 216 24 120 re f"))

    assert found == ["Account", PROSE.text, PROSE.text, "closed"]


def test_a_word_of_which_most_is_covered_is_left_out(store: Store) -> None:
    found = lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=b"0 g 240 694 96 22 re f"))

    assert found == ["Account", PROSE.text, PROSE.text, "closed"]


@pytest.mark.parametrize(
    "drawn",
    [
        b"0 G 1 w 100 680 400 60 re S",
        b"0 g 100 680 400 60 re 102 682 396 56 re f*",
        b"0 g 110 700 300 6 re f",
        b"0 g 216 716 120 30 re f",
        b"0 g 318 694 120 22 re 326 694 120 22 re W n",
        b"0 g 320 694 14 22 re f",
    ],
    ids=["frame", "frame of two paths", "struck through", "above", "clip alone", "last digit"],
)
def test_what_shows_nevertheless_is_text(store: Store, drawn: bytes) -> None:
    assert lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=drawn)) == [ACCOUNT.text, PROSE.text, PROSE.text]


def test_text_on_a_bar_is_text(store: Store) -> None:
    text = b"BT /F 20 Tf 1 g 1 0 0 1 120 700 Tm (%b) Tj ET" % ACCOUNT.text.encode()

    found = lines(store, PdfPage(texts=REST, drawn_last=b"0 g 100 690 400 40 re f " + text))

    assert found == [ACCOUNT.text, PROSE.text, PROSE.text]


def test_a_page_of_which_much_is_covered_is_read_as_it_looks(store: Store) -> None:
    assert lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=b"0 g 100 690 400 40 re f")) is None


def test_pages_that_take_long_to_draw_are_not_drawn_for_that(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_worker.documents.covers.MAX_OBJECTS", 2)

    found = lines(store, PdfPage(texts=(ACCOUNT, *REST), drawn_last=b"0 g %b f" % NUMBER))

    assert found == [ACCOUNT.text, PROSE.text, PROSE.text]
