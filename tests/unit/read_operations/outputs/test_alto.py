"""The structure of ALTO 4, as its schema has it: which elements hold which, in which order, with which attributes."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from read_operations.outputs import written
from read_operations.outputs.alto import NAMESPACE
from read_operations.records import Line, Output, Page, Quad, Unit, Word

#: What an element may hold, in this order, and the attributes it must have.
STRUCTURE: Final[dict[str, tuple[list[str], set[str]]]] = {
    "alto": (["Description", "Layout"], set()),
    "Description": (["MeasurementUnit", "Processing"], set()),
    "MeasurementUnit": ([], set()),
    "Processing": (["processingSoftware"], {"ID"}),
    "processingSoftware": (["softwareName", "softwareVersion"], set()),
    "softwareName": ([], set()),
    "softwareVersion": ([], set()),
    "Layout": (["Page"], set()),
    "Page": (["PrintSpace"], {"ID", "PHYSICAL_IMG_NR"}),
    "PrintSpace": (["TextBlock"], {"HEIGHT", "WIDTH", "VPOS", "HPOS"}),
    "TextBlock": (["TextLine"], {"ID"}),
    "TextLine": (["Shape", "String", "SP"], set()),
    "Shape": (["Polygon"], set()),
    "Polygon": ([], {"POINTS"}),
    "String": (["Shape"], {"CONTENT"}),
    "SP": ([], set()),
}
LEVEL: Final[Quad] = (1, 1, 2, 1, 2, 1.2, 1, 1.2)
NEXT: Final[Quad] = (2.1, 1, 3, 1, 3, 1.2, 2.1, 1.2)
WORDS: Final = (Word(text="two", box=LEVEL, confidence=0.9876), Word(text="words", box=NEXT, confidence=1))
WORDLESS: Final = Line(text="x", box=LEVEL, words=())
LINE: Final = Line(text="two words", box=(1, 1, 3, 1, 3, 1.2, 1, 1.2), words=WORDS)


def alto(*pages: Page, language: str | None = None) -> ET.Element:
    return ET.fromstring("".join(written(Output.ALTO, pages, language=language)).encode())


def page(*lines: Line, unit: Unit = Unit.INCH) -> Page:
    return Page(number=2, width=8.5, height=11, unit=unit, lines=lines)


def name(element: ET.Element) -> str:
    assert element.tag.startswith(f"{{{NAMESPACE}}}")
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def find(root: ET.Element, tag: str) -> list[ET.Element]:
    return root.findall(f".//{{{NAMESPACE}}}{tag}")


@pytest.mark.parametrize(
    "pages", [(), (page(),), (page(LINE), page(LINE, LINE)), (page(Line(text="x", box=LEVEL, words=())),)]
)
def test_every_element_is_where_the_schema_has_it(pages: tuple[Page, ...]) -> None:
    for element in alto(*pages).iter():
        inner, required = STRUCTURE[name(element)]
        places = [inner.index(name(child)) for child in element]
        if name(element) == "TextLine":
            places = [min(place, 1) for place in places]  # words and blanks take turns
            assert 1 in places
        assert places == sorted(places)
        assert required <= element.attrib.keys()


def test_inches_are_cut_into_1200_parts() -> None:
    root = alto(page(LINE), language="de")
    assert find(root, "MeasurementUnit")[0].text == "inch1200"
    (read,) = find(root, "Page")
    assert (read.attrib["WIDTH"], read.attrib["HEIGHT"], read.attrib["LANG"]) == ("10200", "13200", "de")
    assert read.attrib["PHYSICAL_IMG_NR"] == "2"
    (line,) = find(root, "TextLine")
    assert {key: line.attrib[key] for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "BASELINE")} == {
        "HPOS": "1200",
        "VPOS": "1200",
        "WIDTH": "2400",
        "HEIGHT": "240",
        "BASELINE": "1200,1440 3600,1440",
    }
    first, second = find(root, "String")
    assert (first.attrib["CONTENT"], first.attrib["WC"], second.attrib["WC"]) == ("two", "0.99", "1")
    (gap,) = find(root, "SP")
    assert (gap.attrib["HPOS"], gap.attrib["WIDTH"]) == ("2400", "120")
    assert find(root, "Polygon")[0].attrib["POINTS"] == "1200,1200 3600,1200 3600,1440 1200,1440"


def test_turned_text_says_so() -> None:
    quad = (2.0, 1.0, 2.0, 3.0, 1.0, 3.0, 1.0, 1.0)
    line = Line(text="x", box=quad, words=(Word(text="x", box=quad, confidence=1),))
    (block,) = find(alto(page(line, unit=Unit.PIXEL)), "TextBlock")
    assert block.attrib["ROTATION"] == "90"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")), min_size=1))
def test_whatever_words_are_they_come_back(texts: list[str]) -> None:
    words = tuple(Word(text=text, box=LEVEL, confidence=0.5) for text in texts)
    root = alto(page(Line(text=" ".join(texts), box=LEVEL, words=words)))
    assert [word.attrib["CONTENT"] for word in find(root, "String")] == texts
