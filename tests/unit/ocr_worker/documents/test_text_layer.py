from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from ocr_worker.documents import LayerPage, load_text
from read_operations.boxes import around
from read_operations.errors import DocumentDamaged, DocumentEncrypted, PageFailed
from read_operations.settings import Settings
from tests.builders import (
    CONTROL,
    FOREIGN,
    LINES,
    PRIVATE,
    SHIFTED,
    SWITCHED_OFF,
    SWITCHED_ON,
    PdfPage,
    PdfText,
    pdf,
    text_page,
)

from .conftest import Store

LoadText = Callable[..., LayerPage | None]

TEXT = PdfText(text="Invoice number 20417", x=72, y=700, size=24)
SCAN = text_page().image
#: Enough words for an opinion on them.
PROSE = "When the layer of a page says something else than the page itself shows nobody should believe the layer at all"


@pytest.fixture
def load_layer(store: Store) -> LoadText:
    """The layer of a PDF of one page."""

    def load(page: PdfPage) -> LayerPage | None:
        return load_text(store(pdf([page])), 1, Settings())

    return load


def texts(page: LayerPage | None) -> list[str]:
    assert page is not None
    return [line.text for line in page.lines]


def ink(page: PdfPage) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is drawn, in inches."""
    with pypdfium2.PdfDocument(pdf([page])) as document:
        document.init_forms()
        pixels = document[0].render(scale=10, grayscale=True).to_numpy()
    rows, columns, *_ = np.nonzero(pixels < 128)
    return columns.min() / 720, rows.min() / 720, (columns.max() + 1) / 720, (rows.max() + 1) / 720


def test_words_and_their_boxes_are_the_layers(load_layer: LoadText) -> None:
    page = load_layer(PdfPage(texts=(TEXT,)))

    assert page is not None
    assert (page.width, page.height, page.quarters, page.parts) == (8.5, 11, 0, ())
    (line,) = page.lines
    assert line.text == "Invoice number 20417"
    assert [word.text for word in line.words] == ["Invoice", "number", "20417"]
    # Then each box is around a word's ink, to the last digit that is drawn
    for word, x in zip(line.words, (72, 72 + 8 * 14.4, 72 + 15 * 14.4), strict=True):
        alone = PdfPage(texts=(PdfText(text=word.text, x=x, y=700, size=24),))
        assert around(word.box) == pytest.approx(ink(alone), abs=0.003)
        assert word.confidence == 1
        assert word.box == tuple(round(edge, 4) for edge in word.box)


@pytest.mark.parametrize(
    ("turn", "first_corner"), [(90, ("right", "top")), (180, ("right", "bottom")), (270, ("left", "bottom"))]
)
def test_a_turned_page_keeps_its_lines(load_layer: LoadText, turn: int, first_corner: tuple[str, str]) -> None:
    described = PdfPage(texts=(TEXT, PdfText(text="Total: 1,284.50", x=72, y=600)), rotate=turn)

    page = load_layer(described)

    assert texts(page) == ["Invoice number 20417", "Total: 1,284.50"]
    assert page is not None
    assert page.quarters == turn // 90
    assert (page.width, page.height) == ((8.5, 11) if turn == 180 else (11, 8.5))
    # Then its box is that of the page as it is shown, from the text's own top-left corner
    edges = dict(zip(("left", "top", "right", "bottom"), ink(PdfPage(texts=(TEXT,), rotate=turn)), strict=True))
    assert around(page.lines[0].box) == pytest.approx(tuple(edges.values()), abs=0.003)
    assert page.lines[0].box[:2] == pytest.approx(tuple(edges[name] for name in first_corner), abs=0.003)


def test_text_that_a_turned_page_shows_upright_is_upright(load_layer: LoadText) -> None:
    upright = PdfText(text="Upright at last", x=300, y=300, size=24, quarters=1)

    page = load_layer(PdfPage(texts=(upright,), rotate=90))

    assert texts(page) == ["Upright at last"]
    assert page is not None
    assert page.quarters == 0
    left, top, right, bottom = ink(PdfPage(texts=(upright,), rotate=90))
    assert page.lines[0].box == pytest.approx((left, top, right, top, right, bottom, left, bottom), abs=0.003)


def test_the_crop_box_is_the_page(load_layer: LoadText) -> None:
    beside = PdfText(text="Cut off", x=72, y=20)

    page = load_layer(PdfPage(texts=(TEXT, beside), crop_box=(36, 396, 576, 756)))

    assert texts(page) == ["Invoice number 20417"]
    assert page is not None
    assert (page.width, page.height) == (7.5, 5)
    left, top, right, bottom = ink(PdfPage(texts=(TEXT,)))
    assert around(page.lines[0].box) == pytest.approx((left - 0.5, top - 0.5, right - 0.5, bottom - 0.5), abs=0.003)


def test_a_value_over_its_label_stays_a_line(load_layer: LoadText) -> None:
    label = PdfText(text="Telephone: (   )", x=72, y=700)
    value = PdfText(text="425", x=72 + 12.2 * 7.2, y=702)

    assert "425" in texts(load_layer(PdfPage(texts=(label, TEXT, value))))


def test_what_is_filled_into_a_form_is_text(load_layer: LoadText) -> None:
    described = PdfPage(texts=(PdfText(text="Name:", x=24, y=70),), field="Filled in")

    page = load_layer(described)

    assert texts(page) == ["Name:", "Filled in"]
    assert page is not None
    left, top, right, bottom = ink(PdfPage(field="Filled in"))
    assert around(page.lines[1].box) == pytest.approx((left, top, right, bottom), abs=0.003)


@pytest.mark.parametrize("flags", [2, 32, 36], ids=["hidden", "not shown", "printed only"])
def test_what_is_filled_in_where_nobody_sees_it_is_no_text(load_layer: LoadText, flags: int) -> None:
    name = PdfText(text="Name:", x=24, y=70)
    described = PdfPage(texts=(name,), field="Filled in", field_flags=flags)
    assert ink(described) == ink(PdfPage(texts=(name,)))

    assert texts(load_layer(described)) == ["Name:"]


@pytest.mark.parametrize(
    "page",
    [
        PdfPage(),
        PdfPage(picture=SCAN),
        PdfPage(texts=(PdfText(text="Guess", x=72, y=700, render_mode=3),), picture=SCAN),
        PdfPage(texts=(PdfText(text="Guess", x=72, y=700, render_mode=3),)),
        PdfPage(texts=(PdfText(text="Guess", x=72, y=700),), picture=SCAN, picture_last=True),
        PdfPage(texts=(PdfText(text="Guess", x=72, y=700, color=(1, 1, 1)),), picture=SCAN),
        PdfPage(texts=(PdfText(text="Clipped", x=72, y=700, clip=(300, 300, 400, 400)),)),
        PdfPage(texts=(PdfText(text="Beside", x=72, y=900),)),
        PdfPage(texts=(PdfText(text="Microscopic", x=72, y=700, size=0.5),)),
        PdfPage(texts=(PdfText(text=PROSE, x=10, y=700, size=8, font=PRIVATE),)),
        PdfPage(texts=(PdfText(text=PROSE, x=10, y=700, size=8, font=SHIFTED),)),
        PdfPage(texts=(PdfText(text=PROSE, x=10, y=700, size=8, font=CONTROL),)),
        PdfPage(texts=(PdfText(text=PROSE, x=10, y=700, size=8, font=CONTROL), replace(TEXT, y=20))),
        PdfPage(texts=(replace(TEXT, layer=SWITCHED_OFF),)),
        PdfPage(texts=(TEXT, PdfText(text="What curves show", x=72, y=600, layer=SWITCHED_OFF))),
        PdfPage(texts=(TEXT, PdfText(text="Guesses of what curves show", x=72, y=600, render_mode=3))),
    ],
    ids=[
        "nothing", "scan", "hidden over a scan", "hidden", "behind a scan", "white on a scan", "clipped away",
        "beside the page", "microscopic", "private characters", "shifted characters",
        "control characters", "control characters and a footer", "switched off",
        "switched off over curves", "hidden over curves",
    ],
)  # fmt: skip
def test_a_layer_that_nobody_sees_or_believes_loses(load_layer: LoadText, page: PdfPage) -> None:
    assert load_layer(page) is None


def test_text_of_a_layer_is_read_while_that_is_switched_on(load_layer: LoadText) -> None:
    # Given: a page in two languages, one over the other
    shown, other = PdfText(text="Es", x=72, y=700, layer=SWITCHED_ON), PdfText(text="It", x=72, y=700)
    prose = PdfText(text=PROSE, x=10, y=600, size=8)

    page = load_layer(PdfPage(texts=(shown, replace(other, layer=SWITCHED_OFF), prose)))

    assert texts(page) == ["Es", PROSE]


def test_pages_that_take_long_to_draw_are_not_drawn_for_their_layers(
    load_layer: LoadText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_worker.documents.optional_text.MAX_OBJECTS", 1)
    off = PdfText(text="Draft", x=72, y=700, layer=SWITCHED_OFF)

    page = load_layer(PdfPage(texts=(off, PdfText(text=PROSE, x=10, y=600, size=8))))

    assert texts(page) == ["Draft", PROSE]


def test_prose_is_believed(load_layer: LoadText) -> None:
    assert texts(load_layer(PdfPage(texts=(PdfText(text=PROSE, x=10, y=700, size=8),)))) == [PROSE]


def test_a_bullet_without_meaning_spoils_nothing(load_layer: LoadText) -> None:
    bullet = PdfText(text="*", x=50, y=700, font=PRIVATE)

    assert "Invoice number 20417" in texts(load_layer(PdfPage(texts=(bullet, TEXT))))


def test_control_characters_that_nobody_sees_spoil_nothing(load_layer: LoadText) -> None:
    unseen = PdfText(text=PROSE, x=10, y=600, size=8, font=CONTROL)
    for described in (
        (replace(unseen, render_mode=3), TEXT),
        (replace(unseen, clip=(300, 300, 400, 400)), TEXT),
        (replace(unseen, y=900), TEXT),
        (PdfText(text="*", x=50, y=700, font=CONTROL), TEXT),
    ):
        assert texts(load_layer(PdfPage(texts=described))) == ["Invoice number 20417"]


def test_characters_of_two_halves_are_whole(load_layer: LoadText) -> None:
    faces = PdfText(text="AB CHB", x=72, y=600, size=24, font=FOREIGN)

    page = load_layer(PdfPage(texts=(TEXT, faces)))

    assert texts(page) == ["Invoice number 20417", "\U0001f600\U0001f601 \U0001f602\U0001f607\U0001f601"]
    assert page is not None
    assert around(page.lines[1].box) == pytest.approx(ink(PdfPage(texts=(faces,))), abs=0.003)


def test_halves_are_joined_where_text_runs_from_right_to_left(load_layer: LoadText) -> None:
    # Given: Hebrew letters around faces, of which PDFium then gives the second half first
    hebrew = PdfText(text="cABba", x=72, y=600, size=24, font=FOREIGN)

    assert texts(load_layer(PdfPage(texts=(TEXT, hebrew))))[1:] == ["\u05d0\u05d1\U0001f601\U0001f600\u05d2"]


def test_a_picture_is_to_be_read_without_the_text(load_layer: LoadText) -> None:
    # Given: a picture of two inches with a word of the layer in it
    over = PdfText(text="over", x=120, y=330)
    described = PdfPage(texts=(TEXT, over), picture=Image.new("L", (400, 200), 60), picture_box=(72, 288, 216, 360))

    page = load_layer(described)

    assert texts(page) == ["Invoice number 20417", "over"]
    assert page is not None
    (part,) = page.parts
    # Then it is drawn with a margin, where it is, and without that word
    assert (part.left, part.top) == pytest.approx((0.9, 5.9), abs=0.01)
    assert (part.image.width, part.image.height) == pytest.approx((2.2, 1.2), abs=0.01)
    inner = part.image.pixels[40:-40, 40:-40]
    assert inner.max() - inner.min() < 10


def test_a_turned_page_has_its_pictures_where_they_are_shown(load_layer: LoadText) -> None:
    page = load_layer(PdfPage(texts=(TEXT,), picture=SCAN, picture_box=(72, 288, 216, 360), rotate=90))

    assert page is not None
    (part,) = page.parts
    assert (part.left, part.top) == pytest.approx((3.9, 0.9), abs=0.01)
    assert (part.image.width, part.image.height) == pytest.approx((1.2, 2.2), abs=0.01)


def test_dots_and_empty_pictures_are_not_read(load_layer: LoadText) -> None:
    for picture, box in ((SCAN, (72, 300, 76, 304)), (Image.new("L", (300, 300), 255), (72, 300, 300, 500))):
        page = load_layer(PdfPage(texts=(TEXT,), picture=picture, picture_box=box))
        assert page is not None
        assert page.parts == ()


def test_a_scan_with_a_printed_header_is_read_below_it(load_layer: LoadText) -> None:
    hidden = tuple(PdfText(text=line, x=72, y=500 - 40 * i, render_mode=3) for i, line in enumerate(LINES))

    page = load_layer(PdfPage(texts=(*hidden, TEXT), picture=SCAN))

    assert texts(page) == ["Invoice number 20417"]
    assert page is not None
    (part,) = page.parts
    assert (part.left, part.top) == (0, 0)
    assert (part.image.width, part.image.height) == pytest.approx((8.5, 11))


def test_faults_of_the_document_are_its_own(store: Store) -> None:
    with pytest.raises(PageFailed, match="no page 2"):
        load_text(store(pdf([PdfPage()])), 2, Settings())
    with pytest.raises(DocumentEncrypted):
        load_text(store(pdf([PdfPage()], user_password="secret")), 1, Settings())
    with pytest.raises(DocumentDamaged):
        load_text(store(b"%PDF-1.7"), 1, Settings())
