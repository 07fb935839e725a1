from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from read_operations.outputs import written
from read_operations.records import Line, Output, Page, Quad, Unit, Word

XHTML: Final = "{http://www.w3.org/1999/xhtml}"
#: What XML can carry, and a word can hold.
CARRIED: Final = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"), min_size=1
)


def hocr(*pages: Page, language: str | None = None) -> ET.Element:
    return ET.fromstring("".join(written(Output.HOCR, pages, language=language)))


def properties(element: ET.Element) -> dict[str, str]:
    return dict(each.strip().partition(" ")[::2] for each in element.attrib["title"].split(";"))


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if each.get("class") == name]


def page(*words: tuple[str, Quad], unit: Unit = Unit.PIXEL, box: Quad | None = None) -> Page:
    first, last = words[0][1], words[-1][1]
    line = Line(
        text=" ".join(text for text, _ in words),
        box=box or (*first[:2], *last[2:6], *first[6:]),
        words=tuple(Word(text=text, box=quad, confidence=0.876) for text, quad in words),
    )
    return Page(number=3, width=8.5, height=11, unit=unit, lines=(line,))


LEVEL: Final[Quad] = (1, 1, 2, 1, 2, 1.2, 1, 1.2)
NEXT: Final[Quad] = (2.1, 1, 3, 1, 3, 1.2, 2.1, 1.2)


def test_a_page_in_inches_is_written_in_pixels() -> None:
    root = hocr(page(("two", LEVEL), ("words", NEXT), unit=Unit.INCH), language="en")
    assert root.attrib["lang"] == "en"
    (read,) = of_class(root, "ocr_page")
    assert properties(read) == {"bbox": "0 0 2550 3300", "ppageno": "2", "scan_res": "300 300"}
    (line,) = of_class(root, "ocr_line")
    assert properties(line) == {"bbox": "300 300 900 360", "baseline": "0 0"}
    assert "".join(line.itertext()) == "two words"
    assert [properties(word) for word in of_class(root, "ocrx_word")] == [
        {"bbox": "300 300 600 360", "x_wconf": "88"},
        {"bbox": "630 300 900 360", "x_wconf": "88"},
    ]


def test_boxes_of_pictures_are_their_pixels() -> None:
    root = hocr(page(("x", (10.4, 20.6, 30.2, 20.6, 30.2, 40.0, 10.4, 40.0))))
    assert properties(of_class(root, "ocrx_word")[0])["bbox"] == "10 20 31 40"


@pytest.mark.parametrize(
    ("quad", "direction"),
    [
        ((20, 10, 20, 30, 10, 30, 10, 10), {"textangle": "270"}),
        ((30, 20, 10, 20, 10, 10, 30, 10), {"textangle": "180"}),
        ((10, 30, 10, 10, 20, 10, 20, 30), {"textangle": "90"}),
        # Rises by 10 over 100 pixels; its left end is at the bottom of the box around it.
        ((10, 20, 110, 10, 110, 30, 10, 40), {"baseline": "-0.1 0"}),
        # Falls; the box reaches 10 pixels below its left end.
        ((10, 10, 110, 20, 110, 40, 10, 30), {"baseline": "0.1 -10"}),
    ],
)
def test_how_a_line_runs(quad: Quad, direction: dict[str, str]) -> None:
    (line,) = of_class(hocr(page(("x", quad))), "ocr_line")
    assert {name: value for name, value in properties(line).items() if name != "bbox"} == direction


def test_ids_are_unique_and_the_head_names_what_is_used() -> None:
    root = hocr(page(("two", LEVEL), ("words", NEXT)), Page(number=4, width=10, height=10, unit=Unit.PIXEL))
    ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids)) == 5
    meta = {each.get("name"): each.get("content", "") for each in root.iter(f"{XHTML}meta")}
    used = {name for each in root.iter() if (name := each.get("class", "")).startswith("ocr")}
    assert used <= set(meta["ocr-capabilities"].split())
    assert (meta["ocr-system"] or "").startswith("Readfleet ")


@given(st.lists(CARRIED, min_size=1, max_size=5))
def test_whatever_words_are_they_come_back(texts: list[str]) -> None:
    root = hocr(page(*[(text, LEVEL) for text in texts]))
    assert [word.text for word in of_class(root, "ocrx_word")] == texts


@given(st.text())
def test_whatever_a_text_layer_holds_the_file_is_valid(text: str) -> None:
    for output in (Output.HOCR, Output.ALTO):
        body = "".join(written(output, [page((text, LEVEL))], language=text or None))
        root = ET.fromstring(body.encode())
        kept = [c for c in text if unicodedata.category(c) not in ("Cc", "Cs")]
        whole = ET.tostring(root, encoding="unicode")
        assert all(c in whole for c in kept if c not in "&<>\"'\ufffe\uffff")
        assert not re.search("[\ud800-\udfff]", whole)
