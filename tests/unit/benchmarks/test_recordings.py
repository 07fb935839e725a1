from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.recordings import Refusal, recordings, refusals


def answer(version: str, *confidences: float) -> dict[str, Any]:
    words = [{"text": "x", "boundingBox": [0] * 8, "confidence": value} for value in confidences]
    page = {"page": 1, "unit": "inch", **({"lines": [{"text": "x", "words": words}]} if words else {})}
    return {"status": "succeeded", "analyzeResult": {"version": version, "readResults": [page]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    entries = [
        {
            "image": "letter.pdf",
            "response": "one.json",
            "query": "pages=1,3&readingOrder=natural&includeTextDetails=true",
        },
        {"image": None, "response": "two.json", "note": "recorded"},
        {"image": None, "response": "three.json"},
        {"image": None, "response": "example.json", "note": "doc example, edited"},
    ]
    files = {
        "index.jsonl": "\n".join(json.dumps(entry) for entry in entries),
        "one.json": json.dumps({"request": "POST", "body": answer("2.1.0", 1, 1, 0.5)}),
        "two.json": json.dumps(answer("2.0.0")),
        "three.json": json.dumps(answer("3.2.0", 1, 0.9)),
        "errors.jsonl": json.dumps(
            {
                "request": "POST /v2.1/layout/analyze?language=not%20one&readingOrder=basic",
                "status": 400,
                "response": {"error": {"code": "NotSupportedLanguage", "message": "No."}},
            }
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_recordings(folder: Path) -> None:
    one, two, three = recordings(folder)
    assert (one.name, one.document, one.version) == ("one", folder / "letter.pdf", "v3.2")
    assert one.query == {"pages": "1,3", "readingOrder": "natural"}
    assert one.answer == answer("2.1.0", 1, 1, one.pages[0]["lines"][0]["words"][2]["confidence"])
    assert (one.has_text, one.has_layer) == (True, True)
    assert (two.document, two.version, two.query, two.has_text) == (None, "v3.0", {}, False)
    assert (three.version, three.has_text, three.has_layer) == ("v3.2", True, False)


def test_refusals(folder: Path) -> None:
    (refusal,) = refusals(folder)
    assert refusal == Refusal(
        path="/v2.1/layout/analyze",
        query={"language": "not one", "readingOrder": "basic"},
        sent="",
        status=400,
        answer={"error": {"code": "NotSupportedLanguage", "message": "No."}},
    )
    assert refusal.code == "NotSupportedLanguage"
