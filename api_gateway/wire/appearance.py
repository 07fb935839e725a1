"""What a line looks like, written by hand or not, from how probable handwriting is."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.wire import numbers

_HAND: Final = 0.5


def appearance(handwriting: float) -> dict[str, Any]:
    """As 3.2 writes it."""
    name = "handwriting" if handwriting >= _HAND else "other"
    return {"style": {"name": name, "confidence": _confidence(handwriting)}}


def preview_appearance(handwriting: float) -> dict[str, Any]:
    """As the preview of 3.1 wrote it: flat, and what is no handwriting is called print."""
    name = "handwriting" if handwriting >= _HAND else "print"
    return {"style": name, "styleConfidence": _confidence(handwriting)}


def _confidence(handwriting: float) -> int | float:
    return numbers.confidence(max(handwriting, 1 - handwriting))
