"""Whether text layers are read whole: words that are left out, what of them can be seen, and pages a second.

Usage: python -m benchmarks.layer_words FILE.pdf ...

A word that is left out can be seen if the page looks otherwise without it. Each page is read from its layer twice, and
the second time is counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pypdfium2.raw as pdfium

from ocr_worker.documents import LayerPage, count_pages, load_text
from ocr_worker.documents.pdf import opened_page, opened_pdf
from ocr_worker.documents.text_layer import flattened, layer_words
from ocr_worker.documents.text_words import Frame, LayerWord
from read_operations.boxes import around
from read_operations.records import Format
from read_operations.settings import Settings

#: Pixels a point at which pages are compared.
_SCALE: Final = 3
#: Inches by which boxes of the same word may differ: they are rounded.
_SAME: Final = 1e-4


@dataclass(slots=True)
class Total:
    """What came of all pages."""

    pages: int = 0
    without_layer: int = 0
    words: int = 0
    left_out: int = 0
    visible: int = 0
    cpu_s: float = 0.0


def add(total: Total, path: Path, number: int, settings: Settings) -> None:
    """Looks at one more page."""
    load_text(path, number, settings)
    started = time.process_time()
    layer = load_text(path, number, settings)
    total.cpu_s += time.process_time() - started
    total.pages += 1
    if layer is None:
        total.without_layer += 1
        return
    with opened_pdf(path) as document, opened_page(document, number) as page:
        if flattened(page):
            page = document.get_page(number - 1)
        words = layer_words(page, Frame.of(page))
        left_out = missing(words, layer)
        total.words += len(words)
        total.left_out += len(left_out)
        total.visible += seen(page, words, left_out)


def missing(words: Sequence[LayerWord], layer: LayerPage) -> list[LayerWord]:
    """The words of the layer that are not in what was read."""
    read: dict[str, list[tuple[float, ...]]] = {}
    for line in layer.lines:
        for word in line.words:
            read.setdefault(word.text, []).append(around(word.box))
    return [
        word
        for word in words
        if word.text
        and not any(
            all(abs(a - b) <= _SAME for a, b in zip(word.box, box, strict=True)) for box in read.get(word.text, ())
        )
    ]


def seen(page: Any, words: Sequence[LayerWord], left_out: Sequence[LayerWord]) -> int:
    """How many of the words that were left out change the page's looks; all that share a text object with others do."""
    out = {id(word) for word in left_out}
    kept = {word.place for word in words if id(word) not in out}
    before = _drawn(page)
    count = 0
    for place, source in {word.place: word.source for word in left_out}.items():
        alone = source is not None and place not in kept
        if alone:
            pdfium.FPDFPageObj_SetIsActive(source, False)
        if not alone or _drawn(page) != before:
            count += sum(word.place == place for word in left_out)
        if alone:
            pdfium.FPDFPageObj_SetIsActive(source, True)
    return count


def _drawn(page: Any) -> bytes:
    return bytes(page.render(scale=_SCALE).buffer)


def main() -> None:
    """Prints a row for each file, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    settings = Settings()
    print("| pages | without a layer | words | left out | of these visible | pages/s of a core |")
    print("| --- | --- | --- | --- | --- | --- |")
    total = Total()
    for path in arguments.files:
        for number in range(1, count_pages(path, Format.PDF, settings) + 1):
            add(total, path, number, settings)
    print(
        f"| {total.pages} | {total.without_layer} | {total.words} | {total.left_out} | {total.visible} "
        f"| {total.pages / total.cpu_s:.0f} |"
    )


if __name__ == "__main__":
    main()
