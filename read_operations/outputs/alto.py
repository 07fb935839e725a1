"""ALTO 4: https://www.loc.gov/standards/alto/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from read_operations.boxes import Box, around
from read_operations.outputs.geometry import quarters, spaced_words
from read_operations.outputs.xml import attribute
from read_operations.records import Line, Page, Quad, Unit, Word
from read_operations.version import __version__

NAMESPACE: Final = "http://www.loc.gov/standards/alto/ns-v4#"
#: Names of our units, and what one of ours is in them: ALTO has inches in 1,200 parts.
_UNITS: Final = {Unit.PIXEL: ("pixel", 1), Unit.INCH: ("inch1200", 1200)}

_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{namespace}">
<Description>
<MeasurementUnit>{unit}</MeasurementUnit>
<Processing ID="processing_1"><processingSoftware><softwareName>Readfleet</softwareName>\
<softwareVersion>{version}</softwareVersion></processingSoftware></Processing>
</Description>
<Layout>
"""
_FOOT: Final = "</Layout>\n</alto>\n"


def written(pages: Iterable[Page], language: str | None = None) -> Iterator[str]:
    """The document, in one piece a page and its foot.

    Its pages are all measured in the unit of the first.
    """
    said = f" LANG={attribute(language)}" if language else ""
    head_due = True
    for page in pages:
        name, scale = _UNITS[page.unit]
        head = _HEAD.format(namespace=NAMESPACE, unit=name, version=__version__) if head_due else ""
        head_due = False
        yield head + _page(page, scale, said)
    if head_due:
        yield _HEAD.format(namespace=NAMESPACE, unit=_UNITS[Unit.PIXEL][0], version=__version__)
    yield _FOOT


def _page(page: Page, scale: float, said: str) -> str:
    n = page.number
    size = f'WIDTH="{_number(page.width * scale)}" HEIGHT="{_number(page.height * scale)}"'
    blocks = "".join(_block(line, f"{n}_{i}", scale) for i, line in enumerate(page.lines, start=1))
    return (
        f'<Page ID="page_{n}" PHYSICAL_IMG_NR="{n}" {size}{said}>\n'
        f'<PrintSpace HPOS="0" VPOS="0" {size}>\n{blocks}</PrintSpace>\n</Page>\n'
    )


def _block(line: Line, id: str, scale: float) -> str:
    """A block of one line: which lines belong together is not known."""
    place = _place(around(line.box), scale)
    turned = f' ROTATION="{90 * turns}"' if (turns := quarters(line.box)) else ""
    words: list[str] = []
    before: Word | None = None
    for i, (between, word) in enumerate(spaced_words(line), start=1):
        if between and before is not None:
            words.append(_blank(before, word, scale))
        words.append(
            f'<String ID="word_{id}_{i}" CONTENT={attribute(word.text)} {_place(around(word.box), scale)} '
            f'WC="{_number(min(1.0, max(0.0, word.confidence)))}">{_shape(word.box, scale)}</String>'
        )
        before = word
    # A line without words has no form in ALTO.
    inner = "".join(words) or f"<String CONTENT={attribute(line.text)} {place}/>"
    return (
        f'<TextBlock ID="block_{id}" {place}{turned}>\n'
        f'<TextLine ID="line_{id}" {place} BASELINE="{_points(line.box[6:] + line.box[4:6], scale)}">'
        f"{_shape(line.box, scale)}{inner}</TextLine>\n</TextBlock>\n"
    )


def _blank(before: Word, after: Word, scale: float) -> str:
    """The gap between two words, as wide as it is if the line is level."""
    left, right = around(before.box)[2], around(after.box)[0]
    return f'<SP HPOS="{_number(left * scale)}" WIDTH="{_number(max(0.0, right - left) * scale)}"/>'


def _place(box: Box, scale: float) -> str:
    left, top, right, bottom = (value * scale for value in box)
    return (
        f'HPOS="{_number(left)}" VPOS="{_number(top)}" WIDTH="{_number(right - left)}" HEIGHT="{_number(bottom - top)}"'
    )


def _shape(quad: Quad, scale: float) -> str:
    return f'<Shape><Polygon POINTS="{_points(quad, scale)}"/></Shape>'


def _points(values: tuple[float, ...], scale: float) -> str:
    return " ".join(
        f"{_number(x * scale)},{_number(y * scale)}" for x, y in zip(values[::2], values[1::2], strict=True)
    )


def _number(value: float) -> str:
    """With two decimals at most, and without the minus of a rounded zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
