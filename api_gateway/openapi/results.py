"""What the answers of the read calls look like.

Each version has the schemas `Operation`, an operation as it stands, and `FinishedOperation`, what the call that waits
answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from api_gateway.openapi.schema import NUMBER, TEXT, Schema, array, closed, ref, told_apart, words
from api_gateway.wire.appearance import appearance, preview_appearance
from api_gateway.wire.v3 import Version

_DATE: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}\+00:00$",
}
_DATES: Final = {"createdDateTime": _DATE, "lastUpdatedDateTime": _DATE}
_PAGE_NUMBER: Final[Schema] = {
    "type": "integer",
    "format": "int32",
    "minimum": 1,
    "description": "1-based, in the document, whatever pages were asked for.",
}
_LENGTH: Final[Schema] = {**NUMBER, "minimum": 0, "description": "Whole pixels, or inches with four decimals."}
_SIZE: Final = {"width": _LENGTH, "height": _LENGTH, "unit": words("pixel", "inch")}
_BOX: Final[Schema] = {
    **array(NUMBER, minItems=8, maxItems=8),
    "description": "x1, y1, … x4, y4: clockwise from the text's own top-left corner, in units of the page.",
}
_ERROR: Final = closed({"code": TEXT, "message": TEXT})
_CONFIDENCE: Final[Schema] = {**NUMBER, "minimum": 0, "maximum": 1}
#: What the ways to write a line's style write.
_APPEARANCES: Final[dict[Callable[[float], dict[str, Any]], Schema]] = {
    appearance: closed({"style": closed({"name": words("handwriting", "other"), "confidence": _CONFIDENCE})}),
    preview_appearance: closed({"style": words("handwriting", "print"), "styleConfidence": _CONFIDENCE}),
}


def v3(version: Version) -> dict[str, Schema]:
    """The schemas of a 3.x version."""
    model_version = {"modelVersion": words(version.model_version)} if version.model_version else {}
    head = {"version": words(version.number), **model_version}
    style = {"appearance": _APPEARANCES[version.appearance]} if version.appearance else {}
    return {
        "Operation": told_apart(
            "status",
            notStarted="UnfinishedOperation",
            running="UnfinishedOperation",
            succeeded="SucceededOperation",
            failed="FailedOperation",
        ),
        "FinishedOperation": told_apart("status", succeeded="SucceededOperation", Failed="FailedSyncOperation"),
        "UnfinishedOperation": closed({"status": words("notStarted", "running"), **_DATES}),
        "SucceededOperation": closed(
            {
                "status": words("succeeded"),
                **_DATES,
                "analyzeResult": closed(
                    {**head, "readResults": array(ref("ReadResult"), minItems=1)},
                    {"errors": {**array(ref("Error"), minItems=1), "description": "Pages that could not be read."}},
                ),
            }
        ),
        "FailedOperation": closed(
            {
                "status": words("failed"),
                **_DATES,
                "analyzeResult": closed(
                    {
                        **head,
                        "readResults": array(ref("ReadResult"), maxItems=0),
                        "errors": array(ref("Error"), minItems=1, maxItems=1),
                    }
                ),
                "error": ref("Error"),
            }
        ),
        "FailedSyncOperation": closed({"status": words("Failed"), **_DATES, "error": ref("Error")}),
        "Error": _ERROR,
        "ReadResult": closed(
            {
                "page": _PAGE_NUMBER,
                "angle": {
                    **NUMBER,
                    "minimum": -180,
                    "exclusiveMinimum": True,
                    "maximum": 180,
                    "description": "Clockwise turn of the text, in degrees.",
                },
                **_SIZE,
                "lines": array(ref("Line")),
            },
            {"language": {**TEXT, "description": "The language that was asked for."}},
        ),
        "Line": _line(style),
        "Word": closed({"boundingBox": _BOX, "text": TEXT, "confidence": _CONFIDENCE}),
    }


def v2() -> dict[str, Schema]:
    """The schemas of the 2.x versions."""
    return {
        "Operation": told_apart(
            "status",
            NotStarted="UnfinishedOperation",
            Running="UnfinishedOperation",
            Succeeded="SucceededOperation",
            Failed="FailedOperation",
        ),
        "FinishedOperation": told_apart("status", Succeeded="SucceededOperation", Failed="FailedSyncOperation"),
        "UnfinishedOperation": closed({"status": words("NotStarted", "Running")}),
        "SucceededOperation": closed(
            {"status": words("Succeeded"), "recognitionResults": array(ref("RecognitionResult"), minItems=1)}
        ),
        "FailedOperation": closed({"status": words("Failed")}),
        "FailedSyncOperation": closed({"status": words("Failed"), "error": ref("Error")}),
        "Error": _ERROR,
        "RecognitionResult": closed(
            {
                "page": _PAGE_NUMBER,
                "clockwiseOrientation": {
                    **NUMBER,
                    "minimum": 0,
                    "maximum": 360,
                    "exclusiveMaximum": True,
                    "description": "Clockwise turn of the text, in degrees.",
                },
                **_SIZE,
                "lines": array(ref("Line")),
            }
        ),
        **lines_v2(),
    }


def lines_v2() -> dict[str, Schema]:
    """The schemas of lines and words of the 2.x versions."""
    return {
        "Line": _line(),
        "Word": closed(
            {"boundingBox": _BOX, "text": TEXT},
            {"confidence": {**words("Low"), "description": "There where the word is in doubt."}},
        ),
    }


def _line(optional: dict[str, Schema] | None = None) -> Schema:
    return closed({"boundingBox": _BOX, "text": TEXT, "words": array(ref("Word"))}, optional)
