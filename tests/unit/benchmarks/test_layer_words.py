from __future__ import annotations

from pathlib import Path

from benchmarks.layer_words import Total, add, seen
from ocr_worker.documents.pdf import opened_page, opened_pdf
from ocr_worker.documents.text_layer import layer_words
from ocr_worker.documents.text_words import Frame
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, pdf

PAGE = PdfPage(
    texts=(
        PdfText(text="Invoice number 20417 was paid in December last year", x=72, y=700),
        PdfText(text="Gone", x=72, y=500, clip=(300, 300, 400, 400)),
        PdfText(text="Beside", x=72, y=20),
    ),
    crop_box=(36, 396, 576, 756),
)


def test_words_that_nobody_sees_are_left_out_unseen(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(pdf([PAGE, PdfPage()]))
    total = Total()

    add(total, path, 1, Settings())
    add(total, path, 2, Settings())

    assert (total.pages, total.without_layer, total.words, total.left_out, total.visible) == (2, 1, 11, 2, 0)
    assert total.cpu_s > 0


def test_a_word_that_can_be_seen_is_told_from_one_that_cannot(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(pdf([PAGE]))

    with opened_pdf(path) as document, opened_page(document, 1) as page:
        words = layer_words(page, Frame.of(page))
        counted = [seen(page, words, [word for word in words if word.place == each.place]) for each in words]

    assert counted == [9] * 9 + [0, 0]
