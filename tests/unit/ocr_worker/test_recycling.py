from __future__ import annotations

import os

import pytest

from ocr_worker.children import memory_of
from ocr_worker.recycling import NoRoom, require_room
from read_operations.queue import celery_app
from read_operations.settings import Settings


def test_a_child_that_starts_near_its_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(NoRoom, match=r"takes 1562 MiB before its first page, and is replaced when it has had 2000 MiB"):
        require_room(2_048_000, peak_kib=1_600_000)


def test_one_with_room_to_grow_is_taken() -> None:
    require_room(2_048_000, peak_kib=1_500_000)


def test_what_counts_is_the_most_that_this_process_ever_had() -> None:
    _, peak = memory_of(os.getpid())

    require_room(2 * peak // 1024)
    with pytest.raises(NoRoom):
        require_room(peak // 1024)


def test_the_limit_of_the_pool_has_room_for_every_engine() -> None:
    # What the heaviest took when it was ready: Paddle's own runtime, measured at 0.7 GB.
    require_room(celery_app(Settings()).conf.worker_max_memory_per_child, peak_kib=1_000_000)
