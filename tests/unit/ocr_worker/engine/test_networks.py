from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ocr_worker.engine.description import Scaling
from ocr_worker.engine.isolation import isolated
from ocr_worker.engine.networks import Floats, Images, Network, Seeing, WorkingMemory, open_network
from read_operations.settings import EngineName

DETECTORS = ("PP-OCRv6_tiny_det", "PP-OCRv6_small_det")

#: What two networks that take turns add to a process of their own, in MiB: another's freed memory would hide it.
GROWING = """
import os, sys
from pathlib import Path
import numpy as np
from ocr_worker.children import memory_of
from ocr_worker.engine.heap import return_large_blocks
from ocr_worker.engine.networks import WorkingMemory, open_network
from read_operations.settings import EngineName

return_large_blocks()
memory = WorkingMemory() if sys.argv[1] == "shared" else None
quick, careful = (
    open_network(Path(folder), runtime=EngineName.OPENVINO, threads=1, precision="f32", memory=memory)
    for folder in sys.argv[2:]
)
page = np.random.default_rng(0).integers(0, 256, (1, 1280, 896, 3), np.uint8)
before = memory_of(os.getpid())[0]
for network in (quick, careful, quick):
    network(page)
print((memory_of(os.getpid())[0] - before) >> 20)
"""


@pytest.fixture(scope="module")
def page() -> Images:
    return np.random.default_rng(0).integers(0, 256, (1, 1280, 896, 3), np.uint8)


def opened(models_dir: Path, memory: WorkingMemory | None) -> list[Network]:
    with isolated():
        return [
            open_network(models_dir / name, runtime=EngineName.OPENVINO, threads=1, precision="f32", memory=memory)
            for name in DETECTORS
        ]


def test_what_takes_numbers_is_given_scaled_pixels_blue_first() -> None:
    # Given a layer that answers with what it takes, two images in colour and one in grey
    def layer(numbers: Floats, /) -> list[Floats]:
        return [numbers]

    means, deviations = (0.4, 0.5, 0.6), (0.2, 0.3, 0.1)
    sees = Seeing(layer, Scaling(means=means, deviations=deviations))
    colour = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3), np.uint8)
    grey = colour[:1, ..., 1:2]

    for images in (colour, grey):
        expected = ((images[..., ::-1] / 255 - means) / deviations).transpose(0, 3, 1, 2)
        assert sees(images)[0] == pytest.approx(expected, abs=1e-5)


def test_the_one_that_ran_last_keeps_its_memory() -> None:
    released: list[str] = []
    memory = WorkingMemory()
    quick, careful = (lambda: released.append("quick")), (lambda: released.append("careful"))

    for release in (quick, quick, careful, careful, quick):
        memory.take(release)

    assert released == ["quick", "careful"]


def test_networks_that_share_memory_answer_as_before(models_dir: Path, page: Images) -> None:
    expected = [network(page)[0].copy() for network in opened(models_dir, None)]
    shared = opened(models_dir, WorkingMemory())

    for _ in range(2):
        for network, answer in zip(shared, expected, strict=True):
            assert np.array_equal(network(page)[0], answer)


def test_networks_that_share_memory_take_less(models_dir: Path) -> None:
    def grown(memory: str) -> int:
        program = [sys.executable, "-c", GROWING, memory, *(str(models_dir / name) for name in DETECTORS)]
        return int(subprocess.run(program, check=True, capture_output=True, text=True).stdout)

    assert grown("shared") + 64 < grown("their own")
