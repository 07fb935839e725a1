"""A client of the Read 3.2 calls; it works with Readfleet and with whatever else answers them."""

from __future__ import annotations

import asyncio
import re
import urllib.parse
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

import anyio
import httpx

from readfleet.address import LOCAL_HOSTS
from readfleet.errors import ClientError, DocumentRefused, ReadTimedOut, ServiceUnreachable

_SUBMIT: Final = "/vision/v3.2/read/analyze"
_POLL: Final = "/vision/v3.2/read/analyzeResults"
_OPERATIONS: Final = "/operations"
_OPERATION: Final = re.compile(r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/?$")
_BLOCK_BYTES: Final = 2**18

#: Pauses between polls, unless the service asks for longer ones.
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_GROWTH: Final = 1.5
#: A service that is away for no longer than this while a document is sent or read, is being restarted.
_OUTAGE_S: Final = 60.0


class Progress(Protocol):
    """Is told how far a document has come."""

    def uploaded(self, done: int, total: int) -> None:
        """So many bytes are on their way."""
        ...

    def reading(self) -> None:
        """The document is complete, and being read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service made of a document."""

    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The lines; an empty line parts pages."""
        return "\n\n".join("\n".join(line["text"] for line in page["lines"]) for page in self._result["readResults"])

    @property
    def failures(self) -> list[str]:
        """Sentences about pages that could not be read."""
        return [f"{error.get('code')}: {error.get('message')}" for error in self._result.get("errors", [])]

    @property
    def _result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.body["analyzeResult"]
        return result


class ReadClient:
    """Reads documents; use it as an asynchronous context manager."""

    def __init__(
        self, endpoint: str, *, timeout_s: float = 3600, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        host = _host(endpoint)
        self._endpoint = endpoint.rstrip("/")
        self._timeout_s = timeout_s
        self._answered = False
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(60, connect=10, pool=None),
            transport=transport,
            trust_env=host not in LOCAL_HOSTS,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    @property
    def answered(self) -> bool:
        """Whether anything was ever answered at the endpoint."""
        return self._answered

    async def read(
        self, document: Path, *, pages: str | None = None, language: str | None = None, progress: Progress
    ) -> Answer:
        """Uploads a document and waits until it is read.

        Raises:
            ServiceUnreachable: nothing answers at the endpoint, or nothing did for too long.
            DocumentRefused: the service says why it did not read the document.
            ReadTimedOut: it took longer than this client waits.
            ClientError: the file changed while it was sent.
            OSError: the file cannot be read.
        """
        options = {"pages": pages, "language": language}
        try:
            async with asyncio.timeout(self._timeout_s):
                operation, pause_s = await self._submit(
                    document, {name: value for name, value in options.items() if value is not None}, progress
                )
                return await self._wait(operation, pause_s, progress)
        except TimeoutError as error:
            raise ReadTimedOut(
                f"The document was not read within {self._timeout_s:g} seconds; allow more with --timeout."
            ) from error

    async def cancel(self, operation: str) -> bool:
        """Removes an operation, finished or not; false when the service does not know it.

        Raises:
            ServiceUnreachable: nothing answers at the endpoint.
            DocumentRefused: the service says why it cannot do so now, or is none that can.
        """
        if not _OPERATION.fullmatch(operation):
            return False
        try:
            response = await self._http.delete(f"{self._endpoint}{_OPERATIONS}/{operation}")
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.status_code == 204:
            return True
        refusal = _refusal(response)
        # Another service, or a wrong path to this one, does not say so.
        if (response.status_code, refusal.code) == (404, "BadArgument"):
            return False
        raise refusal

    async def _submit(self, document: Path, options: dict[str, str], progress: Progress) -> tuple[str, float]:
        """Uploads it, again while the service is too busy or away; the operation's id and the pause asked for.

        A document whose answer got lost may have been accepted, and is read twice then.
        """
        pause_s, broken_since = 1.0, None
        clock = asyncio.get_running_loop().time
        while True:
            size = (await anyio.Path(document).stat()).st_size
            try:
                response = await self._http.post(
                    self._endpoint + _SUBMIT,
                    params=options,
                    content=_blocks(document, size, progress),
                    headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
                )
            except httpx.TransportError as error:
                # Where nothing listens from the start, there is no service to wait for.
                nobody = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not self._answered
                if nobody and broken_since is None:
                    raise self._unreachable(error) from error
                broken_since = clock() if broken_since is None else broken_since
                if clock() - broken_since > _OUTAGE_S:
                    raise self._unreachable(error) from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 30)
                continue
            self._answered, broken_since = True, None
            if response.status_code == 202:
                match = _OPERATION.search(response.headers.get("Operation-Location", ""))
                if match is None:
                    raise ClientError(f"{self._endpoint} accepted the document but named no operation.")
                return match[1], _retry_after_s(response)
            if response.status_code not in (429, 503):
                raise _refusal(response)
            await asyncio.sleep(max(pause_s, _retry_after_s(response)))
            pause_s = min(pause_s * 2, 30)

    async def _wait(self, operation: str, asked_s: float, progress: Progress) -> Answer:
        # Built from the endpoint that is known to work: behind a proxy, Operation-Location may name another.
        url = f"{self._endpoint}{_POLL}/{operation}"
        pause_s, silent_since = _FIRST_PAUSE_S, None
        progress.reading()
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(max(pause_s, asked_s))
            pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)
            answer, asked_s = await self._ask(url)
            if isinstance(answer, ClientError):
                silent_since = silent_since or clock()
                if clock() - silent_since > _OUTAGE_S:
                    raise answer
                continue
            silent_since = None
            if answer.status_code != 200:
                raise _refusal(answer)
            body = _body(answer)
            status = str(body.get("status")).lower()
            if status == "failed" or "status" not in body:
                raise _refusal(answer)
            if status == "succeeded":
                result = body.get("analyzeResult")
                if not isinstance(result, dict) or not isinstance(result.get("readResults"), list):
                    raise _something_else(answer)
                return Answer(body=body)

    async def _ask(self, url: str) -> tuple[httpx.Response | ClientError, float]:
        """The answer to a poll and the pause asked for; as an error when trying again may help."""
        try:
            response = await self._http.get(url)
        except httpx.TransportError as error:
            return self._unreachable(error), 0.0
        self._answered = True
        again = response.status_code == 429 or response.status_code >= 500
        return _refusal(response) if again else response, _retry_after_s(response)

    def _unreachable(self, error: httpx.TransportError) -> ServiceUnreachable:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return ServiceUnreachable(
                f"Nothing answers at {self._endpoint}. Start the service with `readfleet up`, "
                "or name another with --endpoint."
            )
        return ServiceUnreachable(f"The connection to {self._endpoint} broke ({type(error).__name__}). Try again.")


async def _blocks(document: Path, size: int, progress: Progress) -> AsyncIterator[bytes]:
    """The document, which must have the size that was announced.

    Raises:
        ClientError: it has another, as somebody is writing it.
    """
    done = 0
    async with await anyio.open_file(document, "rb") as file:
        while block := await file.read(_BLOCK_BYTES):
            done += len(block)
            if done > size:
                break
            yield block
            progress.uploaded(done, size)
    if done != size:
        raise ClientError("The file changed while it was sent. Try again when it is complete.")


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return min(float(value), 60.0) if value.isdecimal() else 0.0


def _refusal(response: httpx.Response) -> DocumentRefused:
    """The error in an answer: wrapped, flat, or among those of a failed operation."""
    body = _body(response)
    result = body.get("analyzeResult")
    listed = result.get("errors") if isinstance(result, dict) else None
    for error in (body.get("error"), body, *(listed if isinstance(listed, list) else [])):
        if isinstance(error, dict) and "code" in error:
            return DocumentRefused(str(error["code"]), str(error.get("message", "")))
    if "status" in body:
        return DocumentRefused("Unspecified", "The service could not read the document and does not say why.")
    if response.is_success:
        return _something_else(response)
    return DocumentRefused(f"HTTP {response.status_code}", response.reason_phrase or "no reason given")


def _something_else(response: httpx.Response) -> DocumentRefused:
    """The error of an answer that no such service gives: a proxy's page, or one to log in."""
    place = response.url.netloc.decode()
    return DocumentRefused(f"HTTP {response.status_code}", f"Something else than the service answers at {place}.")


def _body(response: httpx.Response) -> dict[str, Any]:
    """The object in an answer; empty if there is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _host(endpoint: str) -> str:
    try:
        parts = urllib.parse.urlsplit(endpoint)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:  # asking for the port checks it
            return parts.hostname
    except ValueError:
        pass
    raise ClientError(f"The endpoint {endpoint} is not a URL such as http://127.0.0.1:5000.")
