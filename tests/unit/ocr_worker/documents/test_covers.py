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


def shown(text: PdfText) -> bytes:
    return b"BT /F %d Tf 1 0 0 1 %d %d Tm (%b) Tj ET\n" % (text.size, text.x, text.y, text.text.encode())


def in_pieces(text: PdfText, size: int) -> bytes:
    """The same text as objects of so many characters each."""
    starts = range(0, len(text.text), size)
    pieces = (replace(text, text=text.text[i : i + size], x=text.x + i * text.size * 0.6) for i in starts)
    return b"".join(shown(piece) for piece in pieces)


def lines_drawn(
    store: Store, operators: bytes, *, width: int = 612, height: int = 792, entries: bytes = b"", form: bytes = b""
) -> list[str] | None:
    """What else there is on a page of these operators and the prose; M multiplies, H is thin, K is thick, X a form."""
    states = b"/M << /BM /Multiply >> /H << /ca .3 >> /K << /ca .97 >>"
    resources = b"/Font << /F 3 0 R >> /ExtGState << %b >> /XObject << /X 6 0 R >>" % states
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        4: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 5 0 R /Resources << %b >> %b >>"
        % (width, height, resources, entries),
        5: b"<< /Length %d >>",
        6: b"<< /Type /XObject /Subtype /Form /BBox [0 0 600 600] /Length %d >>",
    }
    layer = load_text(store(assembled(bodies, {5: b"".join(map(shown, REST)) + operators, 6: form})), 1, Settings())
    return None if layer is None else sorted(line.text for line in layer.lines if line.text != PROSE.text)


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
    stamp = b"/Annots [<< /Type /Annot /Subtype /%b /F 4 /Rect [216 694 336 716] /AP << /N 6 0 R >> >>]" % kind

    found = lines_drawn(store, shown(ACCOUNT), entries=stamp, form=b"0 g 0 0 600 600 re f")

    assert found == ["Account", "closed"]


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


@pytest.mark.parametrize("size", [1, 3, 30])
@pytest.mark.parametrize(
    "over",
    [b"/M gs 1 1 0 rg %b f", b"/H gs 1 1 0 rg %b f", b"0 g 210 680 140 50 re 212 682 136 46 re f* %%%b"],
    ids=["multiplied", "thin", "frame"],
)
def test_words_in_pieces_that_show_through_are_text(store: Store, size: int, over: bytes) -> None:
    found = lines_drawn(store, in_pieces(ACCOUNT, size) + over % NUMBER)

    assert found is not None
    assert " ".join(found) in (ACCOUNT.text, "20417-3316 Account closed")


def test_words_in_pieces_under_a_bar_are_left_out(store: Store) -> None:
    assert lines_drawn(store, in_pieces(ACCOUNT, 1) + b"0 g %b f" % NUMBER) == ["Account", "closed"]


@pytest.mark.parametrize(
    "bar",
    [
        b"0 g " + b"".join(b"216 %d 120 3 re f " % y for y in range(694, 716, 3)),
        b"0 g " + b"".join(b"%d 694 21 22 re f " % x for x in range(216, 336, 20)),
        b"/K gs 0 g %b f" % NUMBER,
        b"0 g %b f BT /F 12 Tf 1 g 1 0 0 1 230 702 Tm (REDACTED) Tj ET" % NUMBER,
    ],
    ids=["rows", "columns", "all but opaque", "with a label"],
)
def test_odd_bars_cover_as_well(store: Store, bar: bytes) -> None:
    found = lines_drawn(store, shown(ACCOUNT) + bar)

    assert found is not None
    assert not any("20417" in line for line in found)


def test_text_that_is_written_again_over_a_bar_is_text(store: Store) -> None:
    found = lines_drawn(store, shown(ACCOUNT) + b"1 g %b f 0 g " % NUMBER + shown(ACCOUNT))

    assert found == [ACCOUNT.text]


@pytest.mark.parametrize("height", [842, 1500, 2835])
def test_a_stripe_on_a_long_receipt_hides_nothing(store: Store, height: int) -> None:
    total = PdfText(text="Total due 1,284.50", x=8, y=100, size=9)
    items = b"".join(
        shown(PdfText(text="Some words on a receipt", x=8, y=height - 20 - 11 * i, size=8)) for i in range(30)
    )
    stripe = b"/M gs 1 1 0 rg 0 90 227 30 re f"

    found = lines_drawn(store, items + shown(total) + stripe, width=227, height=height)

    assert found is not None
    assert total.text in found


def test_the_rest_of_a_line_whose_first_word_is_covered_stays_a_line(store: Store) -> None:
    above = PdfText(text="All but twelve", x=18, y=760, size=20)

    found = lines_drawn(store, shown(above) + shown(replace(ACCOUNT, x=103)) + b"0 g 103 694 84 22 re f")

    assert found == ["20417-3316 closed", above.text]


def test_objects_of_forms_count_as_the_pages_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_worker.documents.covers.MAX_OBJECTS", 100)

    found = lines_drawn(store, shown(ACCOUNT) + b"/X Do 0 g %b f" % NUMBER, form=b"1 1 m 2 2 l S " * 200)

    assert found == [ACCOUNT.text]


def test_pages_on_which_much_is_blended_are_not_drawn_for_that(store: Store) -> None:
    # Drawing it takes minutes.
    blended = b"/M gs .9 g " + b"0 0 612 792 re f " * 200

    found = lines_drawn(store, shown(ACCOUNT) + blended)

    assert found == [ACCOUNT.text]
