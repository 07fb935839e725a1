"""hOCR 1.2 as XHTML: http://kba.github.io/hocr-spec/1.2/."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from read_operations.boxes import around
from read_operations.outputs.geometry import quarters, spaced_words
from read_operations.outputs.xml import attribute, content
from read_operations.records import Line, Page, Quad, Unit
from read_operations.version import __version__

#: hOCR counts in pixels. A page that is measured in inches is written as a scan of this resolution would be.
DPI: Final = 300

_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"{language}>
<head>
<title>Document</title>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="ocr-system" content="Readfleet {version}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrp_wconf"/>
</head>
<body>
"""
_FOOT: Final = "</body>\n</html>\n"


def written(pages: Iterable[Page], language: str | None = None) -> Iterator[str]:
    """The document, in one piece a page beside its head and its foot."""
    said = f" xml:lang={attribute(language)} lang={attribute(language)}" if language else ""
    yield _HEAD.format(language=said, version=__version__)
    for page in pages:
        yield _page(page)
    yield _FOOT


def _page(page: Page) -> str:
    n, scale = page.number, DPI if page.unit is Unit.INCH else 1
    resolution = f"; scan_res {DPI} {DPI}" if page.unit is Unit.INCH else ""
    title = f"bbox 0 0 {_pixels(page.width, scale)} {_pixels(page.height, scale)}; ppageno {n - 1}{resolution}"
    lines = "".join(_line(line, f"{n}_{i}", scale) for i, line in enumerate(page.lines, start=1))
    return f'<div class="ocr_page" id="page_{n}" title="{title}">\n{lines}</div>\n'


def _line(line: Line, id: str, scale: float) -> str:
    words = "".join(
        f'{between}<span class="ocrx_word" id="word_{id}_{i}" title="{_bbox(word.box, scale)}; '
        f'x_wconf {round(word.confidence * 100)}">{content(word.text)}</span>'
        for i, (between, word) in enumerate(spaced_words(line), start=1)
    )
    title = f"{_bbox(line.box, scale)}; {_direction(line.box, scale)}"
    return f'<span class="ocr_line" id="line_{id}" title="{title}">{words}</span><br/>\n'


def _direction(quad: Quad, scale: float) -> str:
    """How the line runs: a turn by quarters, counter-clockwise as hOCR has it, or else a straight baseline."""
    if turns := quarters(quad):
        return f"textangle {360 - 90 * turns}"
    _, _, _, _, x3, y3, x4, y4 = quad
    left, _, _, bottom = around(quad)
    slope = (y3 - y4) / (x3 - x4) if x3 > x4 else 0.0
    offset = (y4 + (left - x4) * slope - bottom) * scale
    # Without the minus of a rounded zero.
    return f"baseline {round(slope, 4) + 0.0:g} {round(offset, 1) + 0.0:g}"


def _bbox(quad: Quad, scale: float) -> str:
    left, top, right, bottom = around(quad)
    low, high = (max(0, math.floor(side * scale)) for side in (left, top)), (right, bottom)
    return " ".join(["bbox", *map(str, low), *(str(_pixels(side, scale)) for side in high)])


def _pixels(value: float, scale: float) -> int:
    # A hair above a whole pixel is that pixel.
    return max(0, math.ceil(value * scale - 1e-3))
