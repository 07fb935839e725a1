from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import generate_latest

from ocr_worker.children import Children
from ocr_worker.metrics import SweeperMetrics, WorkerMetrics
from ocr_worker.reports import Attempt, Ended, Ending, Job, Reason, Started
from ocr_worker.stopwatch import Kind, Phase


@pytest.fixture
def metrics(tmp_path: Path) -> WorkerMetrics:
    return WorkerMetrics(Children(tmp_path), wanted_children=3)


def attempt(ending: Ending, *, job: Job = Job.PAGE, kind: Kind = Kind.PICTURE) -> Attempt:
    seconds = {Phase.RENDER: 0.25, Phase.RECOGNITION: 1.0}
    return Attempt(job=job, ending=ending, kind=kind, total_s=1.5, seconds=seconds, fetched_bytes=100)


def value(metrics: WorkerMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"readfleet_worker_{name}", labels)


def test_pages_are_counted_when_they_have_a_result(metrics: WorkerMetrics) -> None:
    for ending in (Ending.RETRIED, Ending.DONE, Ending.FAILED, Ending.NEEDLESS, Ending.RETURNED):
        metrics.count(attempt(ending))
        assert value(metrics, "attempts_total", task="page", ending=ending.value) == 1
    metrics.count(attempt(Ending.DONE, job=Job.SPLIT, kind=Kind.UNKNOWN))
    assert value(metrics, "pages_total", outcome="read") == 1
    assert value(metrics, "pages_total", outcome="failed") == 1
    assert value(metrics, "attempts_total", task="split", ending="done") == 1
    assert value(metrics, "page_duration_seconds_count", kind="picture") == 1
    assert value(metrics, "page_duration_seconds_sum", kind="picture") == 1.5


def test_time_and_bytes_of_every_attempt_count(metrics: WorkerMetrics) -> None:
    metrics.count(attempt(Ending.DONE))
    metrics.count(attempt(Ending.RETRIED))
    metrics.count(attempt(Ending.DONE, kind=Kind.TEXT_LAYER))
    assert value(metrics, "phase_seconds_total", phase="render", kind="picture") == 0.5
    assert value(metrics, "phase_seconds_total", phase="recognition", kind="text_layer") == 1
    assert value(metrics, "fetched_bytes_total") == 300


def test_children_come_and_go(metrics: WorkerMetrics) -> None:
    metrics.count(Started(seconds=6.5, page_s=0.125))
    for reason in (Reason.MEMORY, Reason.COUNT, Reason.STOPPED):
        metrics.count(Ended(reason=reason))
    metrics.killed(2)
    counted = {each: value(metrics, "children_replaced_total", reason=each.value) for each in Reason}
    # One that stops with its worker is not replaced.
    assert counted == {Reason.MEMORY: 1, Reason.COUNT: 1, Reason.KILLED: 2, Reason.STOPPED: None}
    assert value(metrics, "engine_start_seconds_sum") == 6.5
    assert value(metrics, "test_page_seconds") == 0.125
    assert (value(metrics, "children"), value(metrics, "children_ready")) == (3, 0)


def test_a_rate_has_somewhere_to_begin(metrics: WorkerMetrics) -> None:
    assert value(metrics, "pages_total", outcome="failed") == 0
    assert value(metrics, "children_replaced_total", reason="killed") == 0
    assert value(metrics, "attempts_total", task="split", ending="returned") == 0


def test_there_are_few_series(metrics: WorkerMetrics) -> None:
    for job in Job:
        for ending in Ending:
            for kind in Kind:
                seconds = dict.fromkeys(Phase, 0.1)
                metrics.count(Attempt(job=job, ending=ending, kind=kind, total_s=1, seconds=seconds, fetched_bytes=0))
    lines = [line for line in generate_latest(metrics.registry).splitlines() if not line.startswith(b"#")]
    assert len(lines) < 150
    assert not any(b"_created" in line for line in lines)


def test_a_round_of_the_sweeper_is_noted() -> None:
    metrics = SweeperMetrics()
    assert metrics.registry.get_sample_value("readfleet_sweeper_last_round_timestamp_seconds") == 0
    metrics.round_ended(0.25)
    assert metrics.registry.get_sample_value("readfleet_sweeper_round_seconds") == 0.25
    assert (metrics.registry.get_sample_value("readfleet_sweeper_last_round_timestamp_seconds") or 0) > 1.7e9
