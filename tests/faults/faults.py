"""The faults, each by its name. Each returns when what went wrong is over; the fleet has to recover by itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from random import Random
from typing import Final

from read_operations.settings import Lane
from tests.faults.installation import Installation

Fault = Callable[[Installation, Random], None]

#: Seconds for which something is away: longer than the clients of Redis wait for an answer, …
_SILENCE_S: Final = 12
#: … longer than anybody waits for anything, or looks after a connection, …
_LONG_SILENCE_S: Final = 60
#: … or long enough to be met by several documents.
_OUTAGE_S: Final = 4


def none(_: Installation, __: Random) -> None:
    """Nothing happens: what the others are to be compared with."""


def child_killed(fleet: Installation, random: Random) -> None:
    for _ in range(6):
        fleet.kill_child(random)
        time.sleep(random.uniform(0.2, 1))


def worker_killed(fleet: Installation, random: Random) -> None:
    for _ in range(2):
        _worker_killed(fleet, random)


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


def valkey_silent_for_long(fleet: Installation, _: Random) -> None:
    fleet.storage.signal(signal.SIGSTOP)
    time.sleep(_LONG_SILENCE_S)
    fleet.storage.signal(signal.SIGCONT)


def connections_half_open(fleet: Installation, _: Random) -> None:
    fleet.relay.go_silent()


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
    steps: list[Fault] = [_valkey_killed, _valkey_killed, gateway_killed]
    for kill, times in ((child_killed, 8), (_worker_killed, 4)):
        steps += [kill] * times
    random.shuffle(steps)
    for step in steps:
        step(fleet, random)
        time.sleep(random.uniform(0, 3))


def _worker_killed(fleet: Installation, random: Random) -> None:
    fleet.start(fleet.kill_reader(random))


def _valkey_killed(fleet: Installation, _: Random) -> None:
    fleet.storage.kill()
    time.sleep(2)
    fleet.storage.restart()


#: The last of them, which is all of them.
STORM: Final = "everything at random"
#: Name in the table -> what is done.
FAULTS: Final[dict[str, Fault]] = {
    "none": none,
    "child killed": child_killed,
    "worker killed": worker_killed,
    "gateway killed": gateway_killed,
    "Valkey killed twice": valkey_killed_twice,
    "Valkey silent": valkey_silent,
    "Valkey silent for a minute": valkey_silent_for_long,
    "connections half-open": connections_half_open,
    "Valkey full": valkey_full,
    "connections cut": connections_cut,
    "queue lost": queue_lost,
    "sweeper killed, queue lost": sweeper_killed,
    STORM: everything_at_random,
}
