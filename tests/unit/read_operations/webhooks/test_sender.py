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
from read_operations.networks import Address, parse_address
from read_operations.settings import Settings
from read_operations.webhooks import outbox as outbox_module
from read_operations.webhooks import sender as module
from read_operations.webhooks.outbox import Message, Outbox
from read_operations.webhooks.sender import SendResult, WebhookSender
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
        self.outcomes: list[SendResult] = []
        self.sender = WebhookSender(self.outbox, settings, count=self.outcomes.append, **options)


@pytest.fixture
def sending(redis_client: redis.Redis, settings: Settings) -> Sending:
    return Sending(redis_client, settings)


def message(url: str, id: str = "1") -> Message:
    return Message(id=id, url=url, body='{"subject": "ü.pdf"}')


def all_due(outbox: Outbox) -> list[Message]:
    return outbox.take(1000, 1000, {})


async def test_a_webhook_is_signed_and_sent_once(sending: Sending) -> None:
    with Receiver() as receiver:
        for _ in range(2):
            sending.outbox.put(message(receiver.url))
        assert await sending.sender.send_due() == 1
        assert await sending.sender.send_due() == 0
    ((headers, body),) = receiver.received
    assert Webhook(SECRET).verify(body, headers) == {"subject": "ü.pdf"}
    assert headers["webhook-id"] == "1"
    assert sending.outcomes == [SendResult.RECEIVED]
    assert sending.outbox.waiting() == 0


async def test_who_is_busy_is_asked_again(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES_S", (0.01,) * 5)
    with Receiver(500, 503, 429, 200) as receiver:
        sending.outbox.put(message(receiver.url))
        for _ in range(4):
            await sending.sender.send_due()
            await anyio.sleep(0.03)
    assert sending.outcomes == [*[SendResult.AGAIN] * 3, SendResult.RECEIVED]
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
    assert sending.outcomes == [SendResult.AGAIN, SendResult.AGAIN, SendResult.GIVEN_UP]
    (letter,) = sending.outbox.letters(10)
    assert "did not answer" in letter["reason"]
    assert sending.outbox.clear_letters() == 1
    assert sending.outbox.letters(10) == []


async def test_places_are_filled_again_as_they_get_free(sending: Sending) -> None:
    with Receiver() as receiver:
        for number in range(10):
            sending.outbox.put(message(receiver.url, str(number)))
        assert await sending.sender.send_due() == 10
    assert {headers["webhook-id"] for headers, _ in receiver.received} == {str(number) for number in range(10)}


async def test_a_host_that_hangs_holds_up_no_other(redis_client: redis.Redis, settings: Settings) -> None:
    async def everything_here(host: str, port: int) -> list[Address]:
        return [parse_address(ADDRESS)]

    sending = Sending(redis_client, settings, resolve=everything_here)
    with socket.create_server((ADDRESS, 0), backlog=100) as silent, Receiver() as receiver:
        # Given a hundred messages for a host that says nothing, and then some for another
        for number in range(100):
            url = f"http://silent.hooks.example:{silent.getsockname()[1]}/"
            sending.outbox.put(message(url, f"silent {number}"))
        for number in range(20):
            sending.outbox.put(message(receiver.url, str(number)))
        # When they are sent
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sending.sender.run)
            # Then the other gets its own before any of the hundred is over
            with anyio.fail_after(10):
                while len(sending.outcomes) < 20:
                    await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
    assert {*sending.outcomes} == {SendResult.RECEIVED}
    assert len(receiver.received) == 20
    # And only a few of them are in the sender's hands
    assert len(all_due(sending.outbox)) == 100 - module._AT_ONCE_EACH


async def test_hosts_have_their_turns(sending: Sending) -> None:
    for number in range(6):
        for host in "ab":
            sending.outbox.put(message(f"http://{host}.hooks.example/", f"{host}{number}"))
    taken = [each.id[0] for _ in range(4) for each in sending.outbox.take(2, 2, {})]
    assert taken.count("a") == taken.count("b") == 4
    assert [each.id[0] for each in sending.outbox.take(9, 4, {"a.hooks.example": 3, "b.hooks.example": 4})] == ["a"]


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
    (taken,) = all_due(sending.outbox)
    assert taken.attempts == 1
    assert all_due(sending.outbox) == []
    assert sending.outbox.waiting() == 1


async def test_it_is_the_next_s_after_a_while(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_HIDDEN_S", 0)
    sending.outbox.put(message("http://a.hooks.example/"))
    assert all_due(sending.outbox)
    await anyio.sleep(0.01)
    (taken,) = all_due(sending.outbox)
    sending.outbox.received(taken)
    assert all_due(sending.outbox) == []


async def test_without_retries_whoever_has_most_makes_room(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_MOST_WAITING", 3)
    for number in range(3):
        sending.outbox.put(message("http://many.hooks.example/", f"many {number}"))
    sending.outbox.put(message("http://few.hooks.example/", "few"))
    assert {each.id for each in all_due(sending.outbox)} == {"few", "many 0", "many 1"}
    assert [letter["id"] for letter in sending.outbox.letters(9)] == ["many 2"]


@pytest.mark.parametrize("host", ["alive", "dead"])
async def test_retries_for_a_dead_host_make_room(sending: Sending, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    # Given a full outbox: messages for a dead host, one in hand and the others to be sent again in hours, and another
    monkeypatch.setattr(outbox_module, "_MOST_WAITING", 5)
    sending.outbox.put(message("http://alive.hooks.example/", "other"))
    for number in range(4):
        sending.outbox.put(message("http://dead.hooks.example/", str(number)))
    for taken in all_due(sending.outbox):
        if taken.id in "123":
            sending.outbox.later(taken, 3600 * int(taken.id))
    # When more come
    for id in ("fresh", "fresher"):
        sending.outbox.put(message(f"http://{host}.hooks.example/", id))
    # Then those are dead letters that would have had to wait longest, and the others are sent
    assert [letter["id"] for letter in sending.outbox.letters(9)] == ["2", "3"]
    assert "were waiting" in sending.outbox.letters(1)[0]["reason"]
    assert sending.outbox.waiting() == 5
    assert [each.id for each in all_due(sending.outbox)] == ["fresh", "fresher"]


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
