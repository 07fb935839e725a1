"""Documents from URLs: a bounded number at once, each bounded in time, as they come."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cached_property
from typing import Final

import anyio
import httpcore
import httpx

from api_gateway.downloads.urls import next_url, parse_url
from api_gateway.uploads import check_size
from read_operations.errors import BadUrl, DownloadFailed, NotADocument, ServiceBusy, UrlFetchOff
from read_operations.logs import get_logger
from read_operations.outbound.network import CheckedNetwork, Resolve, resolve
from read_operations.settings import Settings
from read_operations.version import __version__

_log = get_logger(__name__)

_AT_ONCE: Final = 16
#: Requests that wait until it is their turn; more are told to come again.
_WAITING: Final = 64
_REDIRECTS: Final = 5
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
#: A connection that is not made, or over which nothing comes, is given up after so long.
_IDLE_S: Final = 10
_TIMEOUTS: Final = dict.fromkeys(("connect", "read", "write", "pool"), _IDLE_S)
#: What can become much more than what came over the line. Asked not to, some servers send it all the same.
_COMPRESSED: Final = ("gzip", "x-gzip", "deflate", "compress", "br", "zstd")
_HEADERS: Final = (
    (b"User-Agent", b"Readfleet/" + __version__.encode()),
    (b"Accept", b"image/*, application/pdf, */*;q=0.5"),
    (b"Accept-Encoding", b"identity"),
)

#: Raises what ends a download that nobody waits for any more.
CheckWanted = Callable[[], Awaitable[None]]


class Downloader:
    """Fetches documents. Nothing is kept from one to the next: no connection, no cookie."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Other ways to resolve names and to connect are for tests."""
        self._settings = settings
        self._network = CheckedNetwork(
            settings.url_allowed_networks,
            resolve,
            network or httpcore.AnyIOBackend(),
            remedy="Send the file's bytes, or have the network listed in READFLEET_URL_ALLOWED_NETWORKS.",
        )
        self._turn = anyio.Semaphore(_AT_ONCE)
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def open(self, text: str, check_wanted: CheckWanted) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of the document that this URL leads to; what goes wrong on their way is raised there.

        `check_wanted` is called before each piece, and ends the download by what it raises.

        Raises:
            BadUrl: it is no URL, or one that may not be called.
            DownloadFailed: its server cannot be reached, answers something else, stops, or takes too long.
            DocumentTooLarge: it announces more bytes than a document may have.
            ServiceBusy: too many wait for their document.
        """
        if not self._settings.url_fetch:
            raise UrlFetchOff
        url = parse_url(text)
        async with self._my_turn():
            give_up_at = anyio.current_time() + self._settings.url_timeout_s
            pool = httpcore.AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=self._network)
            try:
                async with pool, contextlib.AsyncExitStack() as stack:
                    response = await self._found(pool, url, give_up_at, stack)
                    self._check_headers(response)
                    yield self._chunks(response, give_up_at, check_wanted)
            except NotADocument:
                raise NotADocument(
                    "What the URL leads to is no JPEG, PNG, BMP, TIFF or PDF file. It may be a page for people; send "
                    "the URL of the file itself."
                ) from None
            except (BadUrl, DownloadFailed) as error:
                # The host alone: the rest of a URL may be a secret.
                _log.info("a document could not be fetched", host=url.host, reason=error.message)
                raise

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    @contextlib.asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        if self._waiting >= _WAITING:
            raise ServiceBusy("Too many documents are being fetched from URLs right now. Try again shortly.")
        self._waiting += 1
        try:
            with anyio.move_on_after(self._settings.url_timeout_s) as wait:
                await self._turn.acquire()
        finally:
            self._waiting -= 1
        if wait.cancelled_caught:
            raise ServiceBusy("Too many documents are being fetched from URLs right now. Try again shortly.")
        try:
            yield
        finally:
            self._turn.release()

    async def _found(
        self, pool: httpcore.AsyncConnectionPool, url: httpx.URL, give_up_at: float, stack: contextlib.AsyncExitStack
    ) -> httpcore.Response:
        """The answer at the end of all redirects; the stack closes it."""
        for _ in range(_REDIRECTS + 1):
            with self._failures(), self._time_left(give_up_at):
                response = await stack.enter_async_context(_get(pool, url))
            location = _header(response, b"location")
            if response.status not in _REDIRECTING or not location:
                return response
            url = next_url(url, location)
            # Unread: it may be of any length.
            await stack.aclose()
        raise DownloadFailed(f"The URL redirects more than {_REDIRECTS} times. Send the URL of the file itself.")

    def _check_headers(self, response: httpcore.Response) -> None:
        if response.status != 200:
            raise DownloadFailed(
                f"The URL's server answers with status {response.status}. Check that the URL opens without signing in."
            )
        if _header(response, b"content-encoding").lower() in _COMPRESSED:
            raise DownloadFailed("The URL's server sends the file compressed. Send the file's bytes instead.")
        announced = _header(response, b"content-length")
        check_size(int(announced) if announced.isdecimal() else 0, self._settings)

    async def _chunks(
        self, response: httpcore.Response, give_up_at: float, check_wanted: CheckWanted
    ) -> AsyncIterator[bytes]:
        chunks = response.aiter_stream().__aiter__()
        empty = True
        while True:
            await check_wanted()
            with self._failures(), self._time_left(give_up_at):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            empty = False
            yield chunk
        if empty:
            raise DownloadFailed("The URL's server sends an empty file. Check that the URL leads to the document.")

    @contextlib.contextmanager
    def _time_left(self, give_up_at: float) -> Iterator[None]:
        with anyio.CancelScope(deadline=give_up_at) as scope:
            yield
        if scope.cancelled_caught:
            raise DownloadFailed(
                f"The document was not downloaded within {self._settings.url_timeout_s:g} s. Send the file's bytes, or "
                "have READFLEET_URL_TIMEOUT_S raised."
            )

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except httpcore.TimeoutException:
            raise DownloadFailed(
                f"The URL's server did not answer for {_IDLE_S} s. Try again, or send the file's bytes."
            ) from None
        except httpcore.ConnectError as error:
            distrusted = isinstance(error.args[0] if error.args else None, ssl.SSLCertVerificationError)
            reason = "has no certificate for its name that is trusted here" if distrusted else "cannot be reached"
            raise DownloadFailed(f"The URL's server {reason}. Check the URL, or send the file's bytes.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise DownloadFailed(
                "The URL's server broke off its answer. Try again, or send the file's bytes."
            ) from None


def _get(
    pool: httpcore.AsyncConnectionPool, url: httpx.URL
) -> contextlib.AbstractAsyncContextManager[httpcore.Response]:
    return pool.stream(
        "GET",
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=[(b"Host", url.netloc), *_HEADERS],
        extensions={"timeout": _TIMEOUTS},
    )


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1").strip() for key, value in response.headers if key.lower() == name), "")
