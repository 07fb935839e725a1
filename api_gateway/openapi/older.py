"""The part of an OpenAPI document that is about the calls before Read: recognizeText, and /ocr for printed text."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.openapi import calls
from api_gateway.openapi.errors import error_schemas
from api_gateway.openapi.examples import operation_examples, succeeded_example
from api_gateway.openapi.results import lines_v2
from api_gateway.openapi.schema import NUMBER, TEXT, Schema, array, enum, object_of, one_of, ref
from api_gateway.surfaces import PRINTED_OCR, RECOGNIZE_TEXT, PrintedOcr, RecognizeText
from api_gateway.wire import ocr

_DETECT_ORIENTATION: Final[dict[str, Any]] = {
    "name": "detectOrientation",
    "in": "query",
    "description": "Whether the answer is to say which way up the text is.",
    "schema": {"type": "boolean", "default": True},
}
_BOX: Final[Schema] = {
    "type": "string",
    "pattern": r"^-?\d+,-?\d+,\d+,\d+$",
    "description": "Left, top, width and height in pixels, on the image once it is turned by `textAngle`.",
}


def paths() -> dict[str, Any]:
    """Every one of the calls."""
    return {
        **{path: item for dialect in RECOGNIZE_TEXT for path, item in _recognize_text(dialect).items()},
        **{dialect.submit_and_wait: {"post": _ocr(dialect)} for dialect in PRINTED_OCR},
    }


def schemas() -> dict[str, Schema]:
    """What the calls refer to."""
    return {
        **_text_schemas(),
        "OcrResult": _ocr_result({}),
        "OcrResultWithModel": _ocr_result({"modelVersion": enum(ocr.MODEL_VERSION)}),
        **error_schemas(calls.CALL_ERRORS),
    }


def _recognize_text(dialect: RecognizeText) -> dict[str, Any]:
    tags = ["recognizeText"]
    (results,) = dialect.results
    result_id = _name("textOperations", dialect.version)
    submit = calls.submission(_name("recognizeText", dialect.version), dialect, result_id=result_id)
    return {
        dialect.submit: {"post": {"tags": tags, **submit}},
        f"{results}/{{operationId}}": {
            "get": {"tags": tags, **calls.result(result_id, "Operation", operation_examples(dialect))}
        },
    }


def _ocr(dialect: PrintedOcr) -> dict[str, Any]:
    schema = "OcrResultWithModel" if dialect.model_version else "OcrResult"
    call = calls.waiting(_name("ocr", dialect.version), dialect, schema, {"succeeded": succeeded_example(dialect)})
    return {"tags": ["OCR"], **call, "parameters": [*call["parameters"], _DETECT_ORIENTATION]}


def _text_schemas() -> dict[str, Schema]:
    return {
        "Operation": one_of(
            "status",
            NotStarted="UnfinishedOperation",
            Running="UnfinishedOperation",
            Succeeded="SucceededOperation",
            Failed="FailedOperation",
        ),
        "UnfinishedOperation": object_of({"status": enum("NotStarted", "Running")}),
        "SucceededOperation": object_of(
            {"status": enum("Succeeded"), "recognitionResult": object_of({"lines": array(ref("Line"))})}
        ),
        "FailedOperation": object_of({"status": enum("Failed")}),
        **lines_v2(),
    }


def _ocr_result(members: dict[str, Schema]) -> Schema:
    word = object_of({"boundingBox": _BOX, "text": TEXT})
    line = object_of({"boundingBox": _BOX, "words": array(word)})
    region = object_of({"boundingBox": _BOX, "lines": array(line, minItems=1)})
    return object_of(
        {
            "language": {**TEXT, "description": "The language that was asked for, or `unk`."},
            "textAngle": {**NUMBER, "description": "The clockwise turn that makes the text level, in radians."},
            "orientation": enum("Up", "Right", "Down", "Left", "NotDetected"),
            "regions": array(region),
            **members,
        }
    )


def _name(call: str, version: str) -> str:
    return f"{call}_{version.replace('.', '_')}"
