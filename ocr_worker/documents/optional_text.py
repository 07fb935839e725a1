"""Text in layers of a PDF that can be switched off ("optional content"): PDFium gives it whether it is drawn or not."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pypdfium2.raw as pdfium

from ocr_worker.documents.sketch import MAX_OBJECTS, sketch
from ocr_worker.documents.text_ink import ink_of

#: The marks that an object of a page has by its layers: their names, as UTF-16.
Layers = tuple[bytes, ...]

_OPTIONAL: Final = "OC".encode("utf-16-le")
#: Each takes a drawing of the page. What is in further ones is taken for drawn, and so is all of a page whose drawings
#: would take seconds.
_MAX_LAYERS: Final = 8
#: Of an object so many marks are looked at.
_MAX_MARKS: Final = 16


def layers_of(item: Any) -> Layers:
    """The layers an object is in, other than by the groups around it. Those in a group's own dictionary are unknown."""
    count = min(pdfium.FPDFPageObj_CountMarks(item), _MAX_MARKS)
    marks = (pdfium.FPDFPageObj_GetMark(item, i) for i in range(count))
    return tuple(
        _string(pdfium.FPDFPageObjMark_GetParamStringValue, mark, b"Name")
        for mark in marks
        if _string(pdfium.FPDFPageObjMark_GetName, mark) == _OPTIONAL
    )


def switch_off(page: Any, texts: Mapping[Layers, Sequence[Any]], objects: int) -> bool:
    """Makes text objects inactive without whose layers the page looks the same.

    Args:
        page: as PDFium has it.
        texts: the text objects in any layers.
        objects: how many of any kind the page has.

    Returns:
        Whether there are such layers. The words of the page have to be read again then.
    """
    if not texts or objects > MAX_OBJECTS:
        return False
    off, looks = False, sketch(page)
    for sources in itertools.islice(filter(None, map(_inked, texts.values())), _MAX_LAYERS):
        for source in sources:
            pdfium.FPDFPageObj_SetIsActive(source, False)
        if np.array_equal(sketch(page), looks):
            off = True
            continue
        for source in sources:
            pdfium.FPDFPageObj_SetIsActive(source, True)
    return off


def _inked(sources: Sequence[Any]) -> list[Any]:
    """Those that leave ink while their layer is switched on."""
    return [source for source in sources if ink_of(source).visible]


def _string(get: Any, *of: Any) -> bytes:
    """What PDFium writes as UTF-16; nothing if it is very long."""
    buffer, length = (pdfium.FPDF_WCHAR * 128)(), ctypes.c_ulong()
    found = get(*of, buffer, ctypes.sizeof(buffer), length)
    return bytes(buffer)[: max(0, length.value - 2)] if found else b""
