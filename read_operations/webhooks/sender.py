"""Sends webhooks: signed, to addresses that were looked at, and again until they are received."""

from __future__ import annotations

import datetime as dt
import ssl
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Final

import anyio
import anyio.to_thread
import httpcore
import httpx
from standardwebhooks import Webhook

from read_operations.errors import BadUrl, DownloadFailed, ServiceBusy
from read_operations.logs import get_logger
from read_operations.outbound.network import CheckedNetwork, Resolve, resolve
from read_operations.settings import Settings
from read_operations.version import __version__
from read_operations.webhooks.outbox import Message, Outbox
from read_operations.webhooks.urls import parse_webhook

_log = get_logger(__name__)

_AT_ONCE: Final = 32
#: Of those, for one host: many have to hang before anybody waits for them.
_AT_ONCE_EACH: Final = 8
#: Between two looks at an outbox that was empty.
_POLL_S: Final = 1.0
_OUTAGE_S: Final = 5.0
#: From the first look at the host to the status of the answer.
_PATIENCE_S: Final = 15
_TIMEOUTS: Final = dict.fromkeys(("connect", "read", "write", "pool"), 10)
#: Pauses between tries: most receivers are back within minutes, the last try is made after 19 hours.
_PAUSES_S: Final = (5, 60, 300, 1800, 2 * 3600, 6 * 3600, 10 * 3600)
#: Said by receivers that are busy; other refusals do not pass by waiting.
_PASSING: Final = frozenset({408, 425, 429})


class SendResult(StrEnum):
    """What a try came to."""

    RECEIVED = "received"
    AGAIN = "again"
    GIVEN_UP = "given_up"


class WebhookSender:
    """Sends what is in the outbox. Any number may run; a message is in the hands of one of them."""

    def __init__(
        self,
        outbox: Outbox,
        settings: Settings,
        *,
        count: Callable[[SendResult], object] = lambda _: None,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Other ways to resolve names and to connect are for tests; `count` is told of each try."""
        assert settings.webhook_secret
        self._outbox = outbox
        self._settings = settings
        self._count = count
        self._signer = Webhook(settings.webhook_secret.get_secret_value())
        self._network = CheckedNetwork(
            settings.webhook_allowed_networks,
            resolve,
            network or httpcore.AnyIOBackend(),
            remedy="If it may be called, list its network in READFLEET_WEBHOOK_ALLOWED_NETWORKS.",
        )
        #: Messages that are being sent, by host.
        self._in_hand = Counter[str]()
        #: Set when one of them is no longer.
        self._ended = anyio.Event()

    async def run(self) -> None:
        """Sends until it is cancelled; a message that is cut off is sent again by the next sender."""
        while True:
            await self.send_due()
            await anyio.sleep(_POLL_S)

    async def send_due(self) -> int:
        """Sends what is due, and what falls due until nothing is under way; how many tries it made."""
        tries = 0
        async with anyio.create_task_group() as tasks:
            while True:
                self._ended = anyio.Event()
                for message in await self._take():
                    tries += 1
                    self._in_hand[message.host] += 1
                    tasks.start_soon(self._try, message)
                if not self._in_hand:
                    break
                with anyio.move_on_after(_POLL_S):
                    await self._ended.wait()
        return tries

    async def _take(self) -> list[Message]:
        """As many messages as there is room for; none while the outbox is away."""
        room = _AT_ONCE - self._in_hand.total()
        if not room:
            return []
        try:
            return await anyio.to_thread.run_sync(self._outbox.take, room, _AT_ONCE_EACH, dict(self._in_hand))
        except ServiceBusy as error:
            _log.warning("webhooks have to wait", reason=str(error.__cause__ or error))
            await anyio.sleep(_OUTAGE_S)
            return []

    async def _try(self, message: Message) -> None:
        """Makes a try, and notes what came of it; if that cannot be noted, the message comes again."""
        try:
            trouble, passing = await self._send(message)
            await anyio.to_thread.run_sync(self._note, message, trouble, passing)
        except ServiceBusy as error:
            _log.warning("a webhook may be sent twice", id=message.id, reason=str(error.__cause__ or error))
        finally:
            self._in_hand -= Counter([message.host])
            self._ended.set()

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    async def _send(self, message: Message) -> tuple[str | None, bool]:
        """Makes a try: what was wrong with it, and whether that may pass."""
        try:
            # Once more: the list of hosts may have become shorter since.
            url = parse_webhook(message.url, self._settings)
            with anyio.fail_after(_PATIENCE_S):
                status = await self._post(url, message)
        except BadUrl as error:
            return f"it may not be called: {error.message}", False
        except DownloadFailed:
            return "its host is not known", True
        except TimeoutError:
            return f"it did not answer within {_PATIENCE_S} s", True
        except httpcore.ConnectError:
            return "it cannot be reached, or has no certificate for its name that is trusted here", True
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            return "it broke off, or stopped answering", True
        if 200 <= status < 300:
            return None, False
        return f"it answered with status {status}", status >= 500 or status in _PASSING

    async def _post(self, url: httpx.URL, message: Message) -> int:
        now = dt.datetime.now(dt.UTC)
        body = message.body.encode()
        headers = [
            (b"Host", url.netloc),
            (b"User-Agent", b"Readfleet/" + __version__.encode()),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", str(len(body)).encode()),
            (b"webhook-id", message.id.encode()),
            (b"webhook-timestamp", str(int(now.timestamp())).encode()),
            (b"webhook-signature", self._signer.sign(message.id, now, message.body).encode()),
        ]
        # Nothing is kept from one to the next, and of the answer nothing is read but its status.
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=self._network) as pool,
            pool.stream(
                "POST",
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=headers,
                content=body,
                extensions={"timeout": _TIMEOUTS},
            ) as response,
        ):
            return response.status

    def _note(self, message: Message, trouble: str | None, passing: bool) -> None:
        host = message.host
        if trouble is None:
            self._outbox.received(message)
            self._count(SendResult.RECEIVED)
            _log.info("webhook received", id=message.id, host=host, attempt=message.attempts)
        elif passing and message.attempts <= len(_PAUSES_S):
            self._outbox.later(message, _PAUSES_S[message.attempts - 1])
            self._count(SendResult.AGAIN)
            _log.info("webhook has to be sent again", id=message.id, host=host, reason=trouble)
        else:
            self._outbox.give_up(message, trouble)
            self._count(SendResult.GIVEN_UP)
            _log.warning("webhook given up", id=message.id, host=host, attempt=message.attempts, reason=trouble)
