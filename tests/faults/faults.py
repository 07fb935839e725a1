"""The faults, each by its name. Each returns when what went wrong is over; the fleet has to recover by itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from random import Random
from typing import Final

from read_operations.queue import Lane
from tests.faults.installation import WORKERS, Installation

Fault = Callable[[Installation, Random], None]

#: Seconds for which something is away: longer than the clients of Redis wait for an answer, …
_SILENCE_S: Final = 12
#: … or long enough to be met by several documents.
_OUTAGE_S: Final = 4


def none(_: Installation, __: Random) -> None:
    """Nothing happens: what the others are to be compared with."""


def child_killed(fleet: Installation, __: Random) -> None:
    for _ in range(3):
        fleet.kill_children()
        time.sleep(1)


def worker_killed(fleet: Installation, _: Random) -> None:
    for worker in WORKERS:
        fleet.wait_until_reading()
        fleet.kill(worker)
        fleet.start(worker)


def gateway_killed(fleet: Installation, _: Random) -> None:
    fleet.kill("gateway")
    time.sleep(1)
    fleet.start("gateway")


def sweeper_killed(fleet: Installation, random: Random) -> None:
    fleet.kill("sweep")
    queue_lost(fleet, random)
    fleet.start("sweep")


def valkey_killed_twice(fleet: Installation, __: Random) -> None:
    for _ in range(2):
        fleet.storage.kill()
        time.sleep(_OUTAGE_S)
        fleet.storage.restart()
        time.sleep(1)


def valkey_silent(fleet: Installation, _: Random) -> None:
    fleet.storage.signal(signal.SIGSTOP)
    time.sleep(_SILENCE_S)
    fleet.storage.signal(signal.SIGCONT)


def valkey_full(fleet: Installation, _: Random) -> None:
    fleet.storage.admin.config_set("maxmemory", "1mb")
    time.sleep(_OUTAGE_S)
    fleet.storage.admin.config_set("maxmemory", "0")


def connections_cut(fleet: Installation, __: Random) -> None:
    for _ in range(5):
        for kind in ("normal", "pubsub"):
            fleet.storage.admin.client_kill_filter(_type=kind, skipme=True)
        time.sleep(0.5)


def queue_lost(fleet: Installation, __: Random) -> None:
    prefix = fleet.settings.key_prefix
    for _ in range(3):
        names = [*(lane.value for lane in Lane), "unacked", "unacked_index", "unacked_mutex"]
        bindings = fleet.storage.admin.keys(f"{prefix}:_kombu.binding.*")
        fleet.storage.admin.delete(*(f"{prefix}:{name}" for name in names), *bindings)
        time.sleep(0.5)


def everything_at_random(fleet: Installation, random: Random) -> None:
    """Children and workers are killed all the time, Valkey twice, the gateway once."""
    steps = [child_killed, worker_killed, child_killed, worker_killed]
    steps += [_valkey_killed, _valkey_killed, gateway_killed]
    random.shuffle(steps)
    for step in steps:
        step(fleet, random)
        time.sleep(random.uniform(1, 6))


def _valkey_killed(fleet: Installation, _: Random) -> None:
    fleet.storage.kill()
    time.sleep(2)
    fleet.storage.restart()


#: Name in the table -> what is done.
FAULTS: Final[dict[str, Fault]] = {
    "none": none,
    "child killed": child_killed,
    "worker killed": worker_killed,
    "gateway killed": gateway_killed,
    "Valkey killed twice": valkey_killed_twice,
    "Valkey silent": valkey_silent,
    "Valkey full": valkey_full,
    "connections cut": connections_cut,
    "queue lost": queue_lost,
    "sweeper killed, queue lost": sweeper_killed,
    "everything at random": everything_at_random,
}
