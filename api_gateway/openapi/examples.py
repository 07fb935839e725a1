"""Answers as examples, written by what writes the real ones."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any, Final

from api_gateway.surfaces import Dialect
from read_operations.errors import DocumentEncrypted
from read_operations.records import Failure, Format, Line, Operation, Page, Request, Status, Unit, Word

_BOX: Final = (0.5, 1.12, 1.47, 1.12, 1.47, 1.38, 0.5, 1.38)
_WORD: Final = Word(text="Contoso", box=_BOX, confidence=0.998)
_PAGE: Final = Page(
    number=1,
    width=8.5,
    height=11,
    unit=Unit.INCH,
    angle=0.13,
    lines=(Line(text="Contoso", box=_BOX, words=(_WORD,), handwriting=0.004),),
)
_PIXELS: Final = (50, 112, 147, 112, 147, 138, 50, 138)
_IMAGE: Final = Page(
    number=1,
    width=850,
    height=1100,
    unit=Unit.PIXEL,
    angle=0.13,
    lines=(Line(text="Contoso", box=_PIXELS, words=(dataclasses.replace(_WORD, box=_PIXELS),)),),
)
_RUNNING: Final = Operation(
    request=Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PDF),
    status=Status.RUNNING,
    created_us=1_772_605_928_275_270,
    updated_us=1_772_605_928_770_617,
    total=1,
)
_SUCCEEDED: Final = dataclasses.replace(_RUNNING, status=Status.SUCCEEDED, done=1)
_FAILED: Final = dataclasses.replace(_RUNNING, status=Status.FAILED, failure=Failure.of(DocumentEncrypted()))


def operation_examples(dialect: Dialect) -> dict[str, Any]:
    """An operation that succeeded, one that failed, and one under way."""
    return {
        "succeeded": succeeded_example(dialect),
        "failed": _example(dialect.operation_json(_FAILED, [])),
        "running": _example(dialect.operation_json(_RUNNING, [])),
    }


def finished_examples(dialect: Dialect) -> dict[str, Any]:
    """What the call that waits answers: a result, or a failure."""
    return {"succeeded": succeeded_example(dialect), "failed": _example([dialect.sync_failure_json(_FAILED)])}


def succeeded_example(dialect: Dialect) -> dict[str, Any]:
    """An operation that succeeded."""
    return _example(dialect.operation_json(_SUCCEEDED, [_PAGE if Format.PDF in dialect.formats else _IMAGE]))


def _example(pieces: Iterable[str]) -> dict[str, Any]:
    return {"value": json.loads("".join(pieces))}
