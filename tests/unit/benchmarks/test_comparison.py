from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.comparison import COLUMNS, Comparison
from benchmarks.recordings import Recording


def answer(*, left: float = 10, width: int = 100, confidence: str = "0.933", **line: Any) -> dict[str, Any]:
    box = [left, 10, left + 40, 10, left + 40, 20, left, 20]
    word = {"boundingBox": box, "text": "word", "confidence": Decimal(confidence)}
    page = {"page": 1, "angle": 0, "width": width, "height": 50, "unit": "pixel"}
    lines = [{"boundingBox": box, "text": "word", "words": [word], **line}]
    return {"status": "succeeded", "analyzeResult": {"readResults": [{**page, "lines": lines}]}}


def recording(recorded: dict[str, Any]) -> Recording:
    return Recording(name="a__b", document=Path("a"), version="v3.2", query={}, answer=recorded)


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    comparison = Comparison()
    comparison.add(recording(theirs), ours)
    return comparison.differences()


def test_the_same_answer() -> None:
    comparison = Comparison()
    comparison.add(recording(answer()), answer())
    assert comparison.differences() == []
    (row,) = comparison.rows
    assert row == ["a b", "picture", "1", *["100.0%"] * 7, "1.00", "0 / 0"]
    assert len(row) == len(COLUMNS)


def test_a_missing_key() -> None:
    assert differences(answer(appearance={}), answer()) == [
        "v3.2, pixel: `analyzeResult.readResults[].lines[].appearance` is missing"
    ]


def test_keys_of_the_sibling_service_do_not_matter() -> None:
    assert differences(answer(selectionMarks=[1]), answer()) == []


def test_another_size() -> None:
    (sentence,) = differences(answer(), answer(width=101))
    assert sentence.startswith("a__b: pages [{'page': 1, 'width': 101")


def test_a_page_that_is_missing() -> None:
    ours = answer()
    ours["analyzeResult"]["readResults"] = []
    assert differences(answer(), ours)[0].startswith("a__b: pages [], and theirs [{'page': 1")


def test_a_number_with_more_decimals() -> None:
    (sentence,) = differences(answer(), answer(confidence="0.9333"))
    assert "with 4 decimals, and theirs number with 3 decimals" in sentence


def test_boxes_that_lie_elsewhere() -> None:
    assert differences(answer(), answer(left=20)) == ["the median overlap of words in pictures is 0.600"]
    assert differences(answer(), answer(left=15)) == []


def test_boxes_of_one_document_among_others() -> None:
    comparison = Comparison()
    comparison.add(recording(answer()), answer(left=20))
    comparison.add(recording(answer()), answer())
    comparison.add(recording(answer()), answer(left=15))
    assert comparison.differences() == []
    assert [row[10] for row in comparison.rows] == ["0.60", "1.00", "0.78"]
    assert comparison.of_pictures()[:3] == ["all pictures", "picture", "3"]
    assert comparison.of_pictures()[10] == "0.78"


def test_a_text_layer_does_not_count_for_pictures() -> None:
    comparison = Comparison()
    comparison.add(recording(answer(confidence="1")), answer(left=20, confidence="1"))
    assert comparison.differences() == []
    assert comparison.rows[0][1] == "text layer"


def test_an_answer_without_its_document_is_compared_with_any_of_ours() -> None:
    comparison = Comparison()
    comparison.add(recording(answer(confidence="1.5", other=1)), None)
    assert comparison.differences() == []
    comparison.add(recording(answer()), answer())
    assert comparison.differences() == ["v3.2, pixel: `analyzeResult.readResults[].lines[].other` is missing"]
