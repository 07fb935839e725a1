from __future__ import annotations

from ocr_worker.stopwatch import Phase, Stopwatch


def test_the_time_between_two_calls_belongs_to_a_phase() -> None:
    now = 100.0
    watch = Stopwatch(clock=lambda: now)
    now = 102
    watch.lap(Phase.RENDER)
    now = 103
    watch.lap(Phase.STORE)
    now = 107
    watch.lap(Phase.RENDER)
    assert watch.seconds == {Phase.RENDER: 6, Phase.STORE: 1}
    assert watch.total_s == 7


def test_what_a_phase_says_it_took_is_taken_off_the_next() -> None:
    now = 100.0
    watch = Stopwatch(clock=lambda: now)
    now = 103
    watch.lap(Phase.DETECTION, 1)
    watch.lap(Phase.RECOGNITION)
    assert watch.seconds == {Phase.DETECTION: 1, Phase.RECOGNITION: 2}


def test_nothing_takes_longer_than_all() -> None:
    now = 100.0
    watch = Stopwatch(clock=lambda: now)
    now = 102
    watch.lap(Phase.DETECTION, 1000)
    assert watch.seconds == {Phase.DETECTION: 2}
