"""Repairs of kombu's Redis transport."""

from __future__ import annotations

from typing import Any, ClassVar

from kombu.transport import redis, virtual


class _QoS(redis.QoS):  # type: ignore[misc]  # kombu ships no types
    """The deliveries of a channel that are not acknowledged yet.

    One is forgotten even when the broker could not be told of its acknowledgement. In kombu 5.7 an acknowledgement that
    fails keeps its place in the count of deliveries under way. With as many failures as a worker has children, for
    instance while Redis restarts, the count is full: the worker takes no message any more, and as it no longer talks to
    Redis it does not even notice a lost connection. The message itself stays with the broker and is delivered again;
    the operation's record knows that nothing is left to do.

    One that is being worked on stays with its worker when the connection is lost. By itself a channel that closes gives
    every message back, so another reader would begin the same page, and the page would count a reader that died.
    """

    #: Those of a closed channel that are being worked on: the next channel acknowledges them, or gives them back.
    _kept: ClassVar[dict[str, Any]] = {}

    def __init__(self, channel: Any, prefetch_count: int = 0) -> None:
        super().__init__(channel, prefetch_count)
        while self._kept:
            delivery_tag, message = self._kept.popitem()
            message.channel = channel
            self._delivered[delivery_tag] = message

    def restore_unacked_once(self, stderr: Any = None) -> None:
        if self._delivered:  # so it is a worker
            from celery.worker.state import active_requests

            for request in tuple(active_requests):
                delivery_tag = request.message.delivery_tag
                if delivery_tag in self._delivered:
                    self._kept[delivery_tag] = self._delivered.pop(delivery_tag)
        super().restore_unacked_once(stderr)

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise


def mend_deliveries(channel: Any = redis.Channel) -> None:
    """Makes every channel of this process keep its deliveries like that."""
    channel.QoS = _QoS
