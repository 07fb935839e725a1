"""Two workers on two cores against one on one core: the same pages, alone and side by side in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench.child import Child
from benchmarks.bench.pages import Page
from benchmarks.bench.runner import Tell, Track
from benchmarks.bench.systems import System


@dataclass(slots=True, kw_only=True)
class Scaling:
    """Pages, and the seconds they took by the clock and of the processor."""

    system: str
    alone_pages: int = 0
    alone_wall_s: float = 0.0
    alone_cpu_s: float = 0.0
    together_pages: int = 0
    together_wall_s: float = 0.0
    together_cpu_s: float = 0.0

    @property
    def wall_ratio(self) -> float:
        """How many times as many pages a second two read, by the clock: less if the machine has other work."""
        return (self.together_pages / self.together_wall_s) / (self.alone_pages / self.alone_wall_s)

    @property
    def cpu_ratio(self) -> float:
        """The same by the processor's seconds of a page: what the cores take from each other, and nothing else."""
        return 2 * (self.alone_cpu_s / self.alone_pages) / (self.together_cpu_s / self.together_pages)


def two_workers(
    system: System, pages: Sequence[Page], cores: tuple[int, int], rounds: int, track: Track, tell: Tell
) -> Scaling:
    """Reads the pages with one child, with both, with the other, with both, and so on.

    Raises:
        ChildFailed: one died.
    """
    result = Scaling(system=system.name)
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        children = [stack.enter_context(track.start(system, core)) for core in cores]
        for child in children:
            _lap(child, pages)
        for round in range(2 * rounds):
            tell(f"one worker, two workers: round {round + 1} of {2 * rounds}", 0)
            started = time.perf_counter()
            result.alone_cpu_s += _lap(children[round % 2], pages)
            result.alone_wall_s += time.perf_counter() - started
            result.alone_pages += len(pages)
            started = time.perf_counter()
            result.together_cpu_s += sum(pool.map(lambda child: _lap(child, pages), children))
            result.together_wall_s += time.perf_counter() - started
            result.together_pages += 2 * len(pages)
    return result


def _lap(child: Child, pages: Sequence[Page]) -> float:
    """The processor's seconds of reading them all."""
    return sum(child.read(page.path, page.number).cpu_s for page in pages)
