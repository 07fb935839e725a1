from __future__ import annotations

import time

from ocr_worker.stopwatch import Phase, Stopwatch


def test_the_time_between_two_calls_belongs_to_a_phase() -> None:
    watch = Stopwatch()
    time.sleep(0.02)
    watch.lap(Phase.RENDER)
    watch.lap(Phase.STORE)
    time.sleep(0.02)
    watch.lap(Phase.RENDER)
    assert watch.seconds[Phase.RENDER] >= 0.04
    assert watch.seconds[Phase.STORE] < 0.02
    assert sum(watch.seconds.values()) <= watch.total_s


def test_what_a_phase_says_it_took_is_taken_off_the_next() -> None:
    watch = Stopwatch()
    time.sleep(0.03)
    watch.lap(Phase.DETECTION, 0.01)
    watch.lap(Phase.RECOGNITION)
    assert watch.seconds[Phase.DETECTION] == 0.01
    assert watch.seconds[Phase.RECOGNITION] >= 0.02


def test_nothing_takes_longer_than_all() -> None:
    watch = Stopwatch()
    watch.lap(Phase.DETECTION, 1000)
    assert watch.seconds[Phase.DETECTION] <= watch.total_s
