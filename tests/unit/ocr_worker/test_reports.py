"""The way of a report from a child to its parent, over the socket and from real processes."""

from __future__ import annotations

import itertools
import os
import select
import signal
import time
from collections.abc import Iterator

import pytest

from ocr_worker.reports import Attempt, Bytes, Ended, Ending, Job, Reason, ReportChannel, Seconds, Started
from ocr_worker.stopwatch import Kind, Phase


def attempt(total_s: Seconds = 0.5, fetched_bytes: Bytes = 7) -> Attempt:
    return Attempt(
        job=Job.PAGE,
        ending=Ending.DONE,
        kind=Kind.PICTURE,
        total_s=total_s,
        seconds={Phase.RENDER: 0.25, Phase.STORE: 0.0},
        fetched_bytes=fetched_bytes,
    )


@pytest.fixture
def channel() -> Iterator[ReportChannel]:
    channel = ReportChannel()
    yield channel
    channel._parents.close()
    channel._childrens.close()


def test_reports_arrive_as_they_were_sent(channel: ReportChannel) -> None:
    sent: list[Attempt | Started | Ended] = [attempt(), Started(seconds=3.5, page_s=0.2), Ended(reason=Reason.MEMORY)]
    for report in sent:
        channel.tell(report)
    assert list(itertools.islice(channel.reports(), 3)) == sent


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"no json",
        b"[]",
        b'{"type":"ended"}',
        b'{"type":"ended","reason":"boredom"}',
        b'{"type":"started","seconds":-1}',
        b'{"type":"started","seconds":"NaN"}',
        b'{"type":"started","seconds":NaN}',
        b"{" * 10_000,
    ],
    ids=range(9),
)
def test_what_makes_no_sense_is_passed_over(channel: ReportChannel, nonsense: bytes) -> None:
    channel._childrens.send(nonsense)
    channel.tell(Started(seconds=1, page_s=0))
    assert next(channel.reports()) == Started(seconds=1, page_s=0)


def test_a_parent_that_does_not_listen_holds_nobody_up(channel: ReportChannel) -> None:
    started = time.monotonic()
    for _ in range(20_000):
        channel.tell(attempt())
    assert time.monotonic() - started < 10
    assert next(channel.reports()) == attempt()


def test_a_child_that_is_killed_while_it_reports_spoils_nothing(channel: ReportChannel) -> None:
    pids = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            while True:
                channel.tell(attempt())
        pids.append(pid)
    arrived = channel.reports()
    for pid in pids:
        for _ in range(500):
            assert next(arrived) == attempt()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    # What they had sent is whole, and others are heard after it.
    while select.select([channel._parents], [], [], 0)[0]:
        assert next(arrived) == attempt()
    channel.tell(Ended(reason=Reason.COUNT))
    assert next(arrived) == Ended(reason=Reason.COUNT)
