"""Documents of known text, and a client that keeps at it as a good client does."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from tests.builders import PdfPage, PdfText, encoded, pdf, text_page

#: Each this many-th document is a picture, whose page has to be read.
_PICTURES: Final = 3
_SUBMIT_S: Final = 240
_RESULT_S: Final = 300
#: Longer than any request may take, whatever has happened to the service.
_REQUEST_S: Final = 60
_PAUSE_S: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document, and the first line of each of its pages."""

    data: bytes
    lines: tuple[str, ...]


def document(number: int, random: Random) -> Document:
    """A document of 1 to 20 pages; every third is a picture."""
    if number % _PICTURES == 0:
        title = f"Picture number {number}"
        # A second of work, in which its reader can be killed.
        page = text_page([title, *(f"Line {row} holds words" for row in range(25))], size=(1275, 1650))
        return Document(data=encoded(page.image, "PNG"), lines=(title,))
    lines = tuple(f"Document {number} page {page}" for page in range(1, random.randint(1, 20) + 1))
    pages = [PdfPage(texts=tuple(PdfText(x=72, y=700 - 20 * row, text=line) for row in range(3))) for line in lines]
    return Document(data=pdf(pages), lines=lines)


@dataclass
class Client:
    """Submits until it is accepted, asks until there is a result; what it met on the way is counted."""

    endpoint: str
    #: Answers 503, all of which must say when to come back.
    refusals: int = 0
    #: Requests that had no answer: nobody listened, or the connection broke.
    unanswered: int = 0
    #: Seconds of the slowest answer.
    slowest_s: float = 0
    #: What no client should ever see.
    surprises: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._http = httpx.Client(base_url=self.endpoint, timeout=_REQUEST_S, trust_env=False)

    def submit(self, document: Document) -> str:
        """The id of the operation, once it is accepted."""
        end = time.monotonic() + _SUBMIT_S
        while time.monotonic() < end:
            answer = self._send("POST", "/vision/v3.2/read/analyze", document.data)
            if answer is not None and answer.status_code == 202:
                return answer.headers["Operation-Location"].rpartition("/")[2]
            self._note(answer)
            time.sleep(_PAUSE_S)
        raise TimeoutError(f"no document was accepted for {_SUBMIT_S} s")

    def result(self, id: str) -> dict[str, Any] | None:
        """The final answer; none when the operation is unknown or does not end."""
        end = time.monotonic() + _RESULT_S
        while time.monotonic() < end:
            answer = self._send("GET", f"/vision/v3.2/read/analyzeResults/{id}")
            if answer is not None and answer.status_code == 404:
                return None
            if answer is not None and answer.status_code == 200:
                body: dict[str, Any] = answer.json()
                if body["status"] in ("succeeded", "failed"):
                    return body
            else:
                self._note(answer)
            time.sleep(_PAUSE_S)
        return None

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response | None:
        began = time.monotonic()
        try:
            return self._http.request(method, path, content=content)
        except httpx.TransportError:
            return None
        finally:
            with self._lock:
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def _note(self, answer: httpx.Response | None) -> None:
        with self._lock:
            if answer is None:
                self.unanswered += 1
            elif answer.status_code == 503 and "Retry-After" in answer.headers:
                self.refusals += 1
            else:
                self.surprises.append(f"{answer.status_code} {answer.text[:200]}")


def differs(document: Document, result: dict[str, Any]) -> str | None:
    """What is wrong with a result; pages that failed and say so are not."""
    pages = result.get("analyzeResult", {}).get("readResults", [])
    numbers = [page["page"] for page in pages]
    if numbers != list(range(1, len(document.lines) + 1)):
        return f"its pages are {numbers} of {len(document.lines)}"
    for page, line in zip(pages, document.lines, strict=True):
        if page["lines"] and page["lines"][0]["text"] != line:
            return f"page {page['page']} says {page['lines'][0]['text']!r} instead of {line!r}"
    return None
