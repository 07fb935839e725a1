"""A repair of kombu's Redis transport."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis, virtual


class _QoS(redis.QoS):  # type: ignore[misc]  # kombu ships no types
    """Forgets a delivery even when the broker could not be told that it was acknowledged.

    In kombu 5.7 an acknowledgement that fails keeps its place in the count of deliveries under way. With as many
    failures as a worker has children, for instance while Redis restarts, the count is full: the worker takes no message
    any more, and as it no longer talks to Redis it does not even notice a lost connection. The message itself stays
    with the broker and is delivered again; the operation's record knows that nothing is left to do.
    """

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


def mend_acknowledgement(channel: Any = redis.Channel) -> None:
    """Makes every channel of this process use the repaired count."""
    channel.QoS = _QoS
