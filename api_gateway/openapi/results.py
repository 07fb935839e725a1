"""What the answers of the read calls look like.

Each version has the schemas `Operation`, an operation as it stands, and `FinishedOperation`, what the call that waits
answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from api_gateway.openapi.schema import NUMBER, TEXT, Schema, array, enum, object_of, one_of, ref
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
_SIZE: Final = {"width": _LENGTH, "height": _LENGTH, "unit": enum("pixel", "inch")}
_BOX: Final[Schema] = {
    **array(NUMBER, minItems=8, maxItems=8),
    "description": "x1, y1, … x4, y4: clockwise from the text's own top-left corner, in units of the page.",
}
_ERROR: Final = object_of({"code": TEXT, "message": TEXT})
_CONFIDENCE: Final[Schema] = {**NUMBER, "minimum": 0, "maximum": 1}
#: What the ways to write a line's style write.
_APPEARANCES: Final[dict[Callable[[float], dict[str, Any]], Schema]] = {
    appearance: object_of({"style": object_of({"name": enum("handwriting", "other"), "confidence": _CONFIDENCE})}),
    preview_appearance: object_of({"style": enum("handwriting", "print"), "styleConfidence": _CONFIDENCE}),
}


def v3(version: Version) -> dict[str, Schema]:
    """The schemas of a 3.x version."""
    model_version = {"modelVersion": enum(version.model_version)} if version.model_version else {}
    head = {"version": enum(version.number), **model_version}
    style = {"appearance": _APPEARANCES[version.appearance]} if version.appearance else {}
    return {
        "Operation": one_of(
            "status",
            notStarted="UnfinishedOperation",
            running="UnfinishedOperation",
            succeeded="SucceededOperation",
            failed="FailedOperation",
        ),
        "FinishedOperation": one_of("status", succeeded="SucceededOperation", Failed="FailedSyncOperation"),
        "UnfinishedOperation": object_of({"status": enum("notStarted", "running"), **_DATES}),
        "SucceededOperation": object_of(
            {
                "status": enum("succeeded"),
                **_DATES,
                "analyzeResult": object_of(
                    {**head, "readResults": array(ref("ReadResult"), minItems=1)},
                    {"errors": {**array(ref("Error"), minItems=1), "description": "Pages that could not be read."}},
                ),
            }
        ),
        "FailedOperation": object_of(
            {
                "status": enum("failed"),
                **_DATES,
                "analyzeResult": object_of(
                    {
                        **head,
                        "readResults": array(ref("ReadResult"), maxItems=0),
                        "errors": array(ref("Error"), minItems=1, maxItems=1),
                    }
                ),
                "error": ref("Error"),
            }
        ),
        "FailedSyncOperation": object_of({"status": enum("Failed"), **_DATES, "error": ref("Error")}),
        "Error": _ERROR,
        "ReadResult": object_of(
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
        "Word": object_of({"boundingBox": _BOX, "text": TEXT, "confidence": _CONFIDENCE}),
    }


def v2() -> dict[str, Schema]:
    """The schemas of the 2.x versions."""
    return {
        "Operation": one_of(
            "status",
            NotStarted="UnfinishedOperation",
            Running="UnfinishedOperation",
            Succeeded="SucceededOperation",
            Failed="FailedOperation",
        ),
        "FinishedOperation": one_of("status", Succeeded="SucceededOperation", Failed="FailedSyncOperation"),
        "UnfinishedOperation": object_of({"status": enum("NotStarted", "Running")}),
        "SucceededOperation": object_of(
            {"status": enum("Succeeded"), "recognitionResults": array(ref("RecognitionResult"), minItems=1)}
        ),
        "FailedOperation": object_of({"status": enum("Failed")}),
        "FailedSyncOperation": object_of({"status": enum("Failed"), "error": ref("Error")}),
        "Error": _ERROR,
        "RecognitionResult": object_of(
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
        "Word": object_of(
            {"boundingBox": _BOX, "text": TEXT},
            {"confidence": {**enum("Low"), "description": "There where the word is in doubt."}},
        ),
    }


def _line(optional: dict[str, Schema] | None = None) -> Schema:
    return object_of({"boundingBox": _BOX, "text": TEXT, "words": array(ref("Word"))}, optional)
