from __future__ import annotations

import base64
import socket
from typing import Any

import anyio
import pytest
import redis
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook

from read_operations.errors import BadUrl
from read_operations.settings import Settings
from read_operations.webhooks import sender as module
from read_operations.webhooks.outbox import Message, Outbox
from read_operations.webhooks.sender import Outcome, WebhookSender
from read_operations.webhooks.urls import parse_webhook
from tests.unit.read_operations.webhooks.receiver import ADDRESS, Receiver

pytestmark = pytest.mark.anyio
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    found: dict[str, Any] = {
        "webhook_hosts": (ADDRESS, "*.hooks.example"),
        "webhook_secret": SecretStr(SECRET),
        "webhook_allowed_networks": f"{ADDRESS}/32",
    }
    return Settings.model_validate({**settings.model_dump(exclude_unset=True), **found})


class Sending:
    def __init__(self, client: redis.Redis, settings: Settings, **options: Any) -> None:
        self.outbox = Outbox(client, settings)
        self.outcomes: list[Outcome] = []
        self.sender = WebhookSender(self.outbox, settings, count=self.outcomes.append, **options)


@pytest.fixture
def sending(redis_client: redis.Redis, settings: Settings) -> Sending:
    return Sending(redis_client, settings)


def message(url: str, id: str = "1") -> Message:
    return Message(id=id, url=url, body='{"subject": "ü.pdf"}')


async def test_a_webhook_is_signed_and_sent_once(sending: Sending) -> None:
    with Receiver() as receiver:
        for _ in range(2):
            sending.outbox.put(message(receiver.url))
        assert await sending.sender.send_due() == 1
        assert await sending.sender.send_due() == 0
    ((headers, body),) = receiver.received
    assert Webhook(SECRET).verify(body, headers) == {"subject": "ü.pdf"}
    assert headers["webhook-id"] == "1"
    assert sending.outcomes == [Outcome.RECEIVED]
    assert sending.outbox.waiting() == 0


async def test_who_is_busy_is_asked_again(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES_S", (0.01,) * 5)
    with Receiver(500, 503, 429, 200) as receiver:
        sending.outbox.put(message(receiver.url))
        for _ in range(4):
            await sending.sender.send_due()
            await anyio.sleep(0.03)
    assert sending.outcomes == [*[Outcome.AGAIN] * 3, Outcome.RECEIVED]
    assert {headers["webhook-id"] for headers, _ in receiver.received} == {"1"}


@pytest.mark.parametrize("status", [302, 400, 404, 410])
async def test_who_refuses_is_asked_once(sending: Sending, status: int) -> None:
    with Receiver(status) as receiver:
        sending.outbox.put(message(receiver.url))
        await sending.sender.send_due()
    assert len(receiver.received) == 1
    (letter,) = sending.outbox.letters(10)
    assert letter["reason"] == f"it answered with status {status}"
    assert sending.outbox.waiting() == 0


async def test_who_never_answers_is_given_up(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(module, "_PATIENCE_S", 0.2)
    with socket.create_server((ADDRESS, 0)) as silent:
        sending.outbox.put(message(f"http://{ADDRESS}:{silent.getsockname()[1]}/"))
        for _ in range(3):
            await sending.sender.send_due()
            await anyio.sleep(0.01)
    assert sending.outcomes == [Outcome.AGAIN, Outcome.AGAIN, Outcome.GIVEN_UP]
    (letter,) = sending.outbox.letters(10)
    assert "did not answer" in letter["reason"]
    assert sending.outbox.clear_letters() == 1
    assert sending.outbox.letters(10) == []


async def test_one_that_hangs_holds_up_nobody(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.5)
    with socket.create_server((ADDRESS, 0)) as silent, Receiver() as receiver:
        sending.outbox.put(message(f"http://{ADDRESS}:{silent.getsockname()[1]}/", "hangs"))
        for number in range(5):
            sending.outbox.put(message(receiver.url, str(number)))
        await sending.sender.send_due()
        assert len(receiver.received) == 5


async def test_no_address_is_called_that_is_not_public(redis_client: redis.Redis, settings: Settings) -> None:
    sending = Sending(redis_client, settings.model_copy(update={"webhook_allowed_networks": ()}))
    with Receiver() as receiver:
        sending.outbox.put(message(receiver.url))
        await sending.sender.send_due()
    assert receiver.received == []
    reason = sending.outbox.letters(1)[0]["reason"]
    assert "does not lead to a public address" in reason
    # And what is said to do about it is about webhooks, and not about what is fetched for a client
    assert "READFLEET_WEBHOOK_ALLOWED_NETWORKS" in reason
    assert "READFLEET_URL_ALLOWED_NETWORKS" not in reason


async def test_a_host_that_is_no_longer_listed_is_not_called(redis_client: redis.Redis, settings: Settings) -> None:
    sending = Sending(redis_client, settings.model_copy(update={"webhook_hosts": ("other.example",)}))
    with Receiver() as receiver:
        sending.outbox.put(message(receiver.url))
        await sending.sender.send_due()
    assert receiver.received == []
    assert "READFLEET_WEBHOOK_HOSTS" in sending.outbox.letters(1)[0]["reason"]


async def test_a_sender_that_dies_leaves_its_messages_to_the_next(sending: Sending) -> None:
    sending.outbox.put(message("http://a.hooks.example/"))
    (taken,) = sending.outbox.take(10)
    assert taken.attempts == 1
    assert sending.outbox.take(10) == []
    assert sending.outbox.waiting() == 1


async def test_the_oldest_make_room(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    from read_operations.webhooks import outbox

    monkeypatch.setattr(outbox, "_MOST_WAITING", 3)
    for number in range(5):
        sending.outbox.put(message("http://a.hooks.example/", str(number)))
        await anyio.sleep(0.002)
    assert [each.id for each in sending.outbox.take(10)] == ["2", "3", "4"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://a.hooks.example/",
        "http://me:secret@a.hooks.example/",
        "http://hooks.example/",
        "http://a.hooks.example.evil.example/",
        "http://evilhooks.example/",
        "http://127.0.0.1/",
        "http://[::1/",
    ],
)
def test_urls_that_may_not_be_told(settings: Settings, url: str) -> None:
    with pytest.raises(BadUrl):
        parse_webhook(url, settings)


@pytest.mark.parametrize("url", ["https://A.hooks.example/x", "http://a.b.hooks.example:8080/", f"http://{ADDRESS}/"])
def test_urls_that_may(settings: Settings, url: str) -> None:
    assert parse_webhook(url, settings)


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_short", SECRET.removeprefix("whsec_"), "whsec_???"])
def test_without_a_good_secret_there_are_none(secret: str | None) -> None:
    with pytest.raises(ValidationError, match="webhook_secret"):
        Settings.model_validate({"webhook_hosts": "hooks.example", "webhook_secret": secret})
