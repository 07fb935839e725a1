from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ocr_worker.children import memory_of
from ocr_worker.engine.heap import return_large_blocks
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.networks import Arrays, Network, WorkingMemory, open_network
from read_operations.settings import EngineName

DETECTORS = ("PP-OCRv6_tiny_det", "PP-OCRv6_small_det")
_MIB = 1 << 20


@pytest.fixture(scope="module")
def page() -> Arrays:
    return [np.random.default_rng(0).normal(size=(1, 3, 1280, 896)).astype(np.float32)]


def opened(models_dir: Path, memory: WorkingMemory | None) -> list[Network]:
    with isolated():
        return [
            open_network(models_dir / name, runtime=EngineName.OPENVINO, threads=1, precision="f32", memory=memory)
            for name in DETECTORS
        ]


def resident() -> int:
    return memory_of(os.getpid())[0]


def test_the_one_that_ran_last_keeps_its_memory() -> None:
    released: list[str] = []
    memory = WorkingMemory()
    quick, careful = (lambda: released.append("quick")), (lambda: released.append("careful"))

    for release in (quick, quick, careful, careful, quick):
        memory.take(release)

    assert released == ["quick", "careful"]


def test_networks_that_share_memory_answer_as_before(models_dir: Path, page: Arrays) -> None:
    expected = [network(page)[0].copy() for network in opened(models_dir, None)]
    shared = opened(models_dir, WorkingMemory())

    for _ in range(2):
        for network, answer in zip(shared, expected, strict=True):
            assert np.array_equal(network(page)[0], answer)


def test_networks_that_share_memory_take_less(models_dir: Path, page: Arrays) -> None:
    return_large_blocks()

    def grown(memory: WorkingMemory | None) -> int:
        quick, careful = opened(models_dir, memory)
        before = resident()
        for network in (quick, careful, quick):
            network(page)
        return resident() - before

    assert grown(WorkingMemory()) + 64 * _MIB < grown(None)
