"""Recorded answers of the original, as a folder holds them.

`index.jsonl` names for each the document (`image`), the answer (`response`) and the parameters (`query`); the answer's
file holds it whole or as `body`. `errors.jsonl` holds refusals: `request`, `body`, `status`, `response`.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import shapes

#: What an answer says of itself -> the version of ours that answers in its shape. 2.x are those of the sibling service
#: Form Recognizer, whose pages are written as those of Read 3.x were at its time.
_VERSIONS: Final = {"2.0.0": "v3.0", "2.1.0": "v3.2", "3.2.0": "v3.2"}
#: Parameters that Read has; the sibling's others go.
_PARAMETERS: Final = ("pages", "readingOrder", "language")
#: Pages of the documentation are no answers: their text was edited.
_EXAMPLE: Final = "doc example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One answer, with the document if that is there."""

    name: str
    document: Path | None
    version: str
    query: dict[str, str]
    answer: Any

    @property
    def pages(self) -> list[dict[str, Any]]:
        """The pages that were read."""
        pages: list[dict[str, Any]] = self.answer["analyzeResult"]["readResults"]
        return pages

    @property
    def has_text(self) -> bool:
        """Whether the lines were asked for."""
        return any("lines" in page for page in self.pages)

    @property
    def has_layer(self) -> bool:
        """Whether most words come from the document's own text, of which the original is quite sure."""
        words = [word for page in self.pages for line in page.get("lines", []) for word in line["words"]]
        return 2 * [word["confidence"] == 1 for word in words].count(True) > len(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One error."""

    path: str
    query: dict[str, str]
    sent: str
    status: int
    answer: Any

    @property
    def code(self) -> str:
        """What the error is called."""
        return str(self.answer["error"]["code"])


def recordings(folder: Path) -> Iterator[Recording]:
    """The answers of a folder."""
    for entry in _entries(folder / "index.jsonl"):
        if entry.get("note", "").startswith(_EXAMPLE):
            continue
        file = shapes.parse((folder / entry["response"]).read_text())
        answer = file.get("body", file)
        yield Recording(
            name=Path(entry["response"]).stem,
            document=folder / entry["image"] if entry["image"] else None,
            version=_VERSIONS[answer["analyzeResult"]["version"]],
            query={name: value for name, value in _query(entry.get("query", "")).items() if name in _PARAMETERS},
            answer=answer,
        )


def refusals(folder: Path) -> Iterator[Refusal]:
    """The errors of a folder."""
    for entry in _entries(folder / "errors.jsonl"):
        url = urllib.parse.urlsplit(entry["request"].partition(" ")[2])
        yield Refusal(
            path=url.path,
            query=_query(url.query),
            sent=entry.get("body") or "",
            status=entry["status"],
            answer=entry["response"],
        )


def _entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _query(text: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(text))
