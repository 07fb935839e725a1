"""How the documents of a prefix are to be read: an `options.json` among them."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from api_gateway.parameters import ReadParameters
from document_drop.names import OPTIONS, prefixes_of
from document_drop.place import DropPlace, PlaceRefuses
from read_operations.errors import BadRequest, BadUrl, DownloadFailed
from read_operations.languages import parse_language
from read_operations.pages import PageSelection
from read_operations.records import Output, ReadingOrder
from read_operations.settings import Settings
from read_operations.webhooks.urls import parse_webhook

_MOST_BYTES: Final = 64 * 1024
#: For so long a file is not looked at again; many documents share one. Shorter than a file takes to settle.
_FRESH_S: Final = 1.0
_MOST_REMEMBERED: Final = 1000


class BadOptions(BadRequest):
    """The options of a prefix are not valid."""

    def __init__(self, prefix: str, message: str) -> None:
        #: Where the file is.
        self.prefix = prefix
        super().__init__(message)


def _pages(text: str) -> str:
    try:
        PageSelection.parse(text)
    except BadRequest as error:
        raise ValueError(error.message) from error
    return text


def _language(text: str) -> str | None:
    try:
        return parse_language(text)
    except BadRequest:
        raise ValueError("no language has this code; write one such as de or zh-Hans") from None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    language: Annotated[str, AfterValidator(_language)] | None = None
    pages: Annotated[str, AfterValidator(_pages)] | None = None
    reading_order: Literal["basic", "natural"] = Field("basic", alias="readingOrder")
    outputs: list[Literal["text", "hocr", "alto", "pdf"]] | None = None
    webhook: Annotated[str, Field(max_length=2000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for a document."""

    parameters: ReadParameters
    outputs: tuple[Output, ...]
    #: The URL that is told of the end.
    webhook: str | None = None
    #: The prefix they were found in; None for those of the settings.
    prefix: str | None = None


class OptionsReader:
    """Finds the options of a document: those of the nearest prefix that has some, or the settings'."""

    def __init__(self, place: DropPlace, settings: Settings) -> None:
        self._place = place
        self._settings = settings
        self._read: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()

    def of(self, name: str) -> Options:
        """The options of a document.

        Raises:
            BadOptions: the file they are in is not valid; the message says why.
        """
        for prefix in prefixes_of(name):
            content = self._content(prefix)
            if content is not None:
                return self._parsed(prefix, content)
        return self._options(None, _File())

    def _content(self, prefix: str) -> bytes | None:
        now = time.monotonic()
        if (known := self._read.get(prefix)) and now - known[0] < _FRESH_S:
            return known[1]
        try:
            content = self._place.small_file(prefix + OPTIONS, _MOST_BYTES)
        except (DownloadFailed, PlaceRefuses) as error:
            raise BadOptions(prefix, error.message) from error
        self._read[prefix] = (now, content)
        while len(self._read) > _MOST_REMEMBERED:
            self._read.popitem(last=False)
        return content

    def _parsed(self, prefix: str, content: bytes) -> Options:
        where = prefix + OPTIONS
        if len(content) > _MOST_BYTES:
            raise BadOptions(prefix, f"{where} is larger than {_MOST_BYTES} bytes.")
        try:
            file = _File.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
            if file.webhook is not None:
                parse_webhook(file.webhook, self._settings)
            return self._options(prefix, file)
        except BadUrl as error:
            raise BadOptions(prefix, f"{where} is not valid. webhook: {error.message}.") from error
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {_said(problem['msg'], problem['type'])}"
                for problem in error.errors(include_url=False, include_context=False, include_input=False)
            ]
            raise BadOptions(prefix, f"{where} is not valid. {'; '.join(problems)}.") from error

    def _options(self, prefix: str | None, file: _File) -> Options:
        return Options(
            prefix=prefix,
            parameters=ReadParameters(
                pages=file.pages, language=file.language, reading_order=ReadingOrder(file.reading_order)
            ),
            outputs=self._settings.drop_outputs
            if file.outputs is None
            else tuple(dict.fromkeys(map(Output, file.outputs))),
            webhook=file.webhook,
        )


def _said(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such option; there are language, pages, readingOrder, outputs and webhook"
    text = re.sub(r"^(Value error|Assertion failed), ", "", message).rstrip(".")
    return text[:1].lower() + text[1:]
