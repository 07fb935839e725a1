"""Recorded errors, brought about here, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from benchmarks import shapes
from benchmarks.recordings import Refusal
from benchmarks.service import Service

#: Of the sibling service the calls that are like Read's.
_LIKE_READ: Final = ("/layout/analyze", "/invoice/analyze")
#: Said by some of their errors beside code and message.
_MORE: Final = "innerError"
_VERSION: Final = "v3.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provoked:
    """A recorded error, and what is answered here where it was brought about."""

    theirs: str
    ours: str
    #: Of the status and of the shape of `error`.
    differences: list[str]


def provoke(refusal: Refusal, service: Service) -> Provoked | None:
    """Brings the error about; None where nothing here is like it."""
    request = _REQUESTS.get(refusal.code)
    if request is None or not refusal.path.endswith(_LIKE_READ):
        return None
    answer = request(refusal, service)
    error: Any = answer.json().get("error", {})
    found = shapes.differences(shapes.shape(refusal.answer["error"], [_MORE]), shapes.shape(error))
    if answer.status_code != refusal.status:
        found.append(f"the status is {answer.status_code}, and theirs {refusal.status}")
    return Provoked(
        theirs=f"{refusal.status} {refusal.code}", ours=f"{answer.status_code} {error.get('code')}", differences=found
    )


def _unknown_language(refusal: Refusal, service: Service) -> httpx.Response:
    return service.submit(_VERSION, {"language": refusal.query["language"]}, content=b"%PDF-1.7")


def _damaged_document(_: Refusal, service: Service) -> httpx.Response:
    return service.submit(_VERSION, {}, content=b"%PDFUUU")


def _dead_url(refusal: Refusal, service: Service) -> httpx.Response:
    return service.submit(_VERSION, {}, json={"url": shapes.parse(refusal.sent)["source"]})


#: Their code -> how to bring it about.
_REQUESTS: Final[dict[str, Callable[[Refusal, Service], httpx.Response]]] = {
    "NotSupportedLanguage": _unknown_language,
    "InvalidImage": _damaged_document,
    "FailedToDownloadImage": _dead_url,
}
