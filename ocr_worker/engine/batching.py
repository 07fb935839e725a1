"""Which lines a network reads together, and at which width: it computes the least, and seldom changes shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: Networks see no line narrower than this.
_MIN_COLUMNS: Final = 64
#: Up to which width lines are rounded up to a multiple of which step; the rest to the last. With the counts of lines
#: there are about 45 shapes: OpenVINO prepares layers for a new one in 20 to 35 ms, and keeps those of about 50.
_STEPS: Final = ((256, 32), (1024, 64))
_LAST_STEP: Final = 128
#: Together lines have so many columns at most.
_MOST_COLUMNS: Final = 768
#: No line is made so many times as wide as alone to be read with others: blank columns count in what the network makes
#: of its ink.
_MOST_STRETCH: Final = 1.25
#: (lines, columns) of a network's input.
Shape = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a network takes beside computing columns, in columns it could compute in that time.

    Measured by `python -m benchmarks.batch_costs`. They need not be exact: with half or twice as much the
    network takes at most 1 % longer.
    """

    #: Another shape than the one before.
    change: int
    #: Any run.
    call: int


OPENVINO_COSTS: Final = Costs(change=256, call=128)
#: Of the other runtimes.
OTHER_COSTS: Final = Costs(change=16, call=32)


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, by their numbers, that are read together: as so many as `shape` says with blank ones, and so wide."""

    lines: tuple[int, ...]
    shape: Shape


def bucket(width: int) -> int:
    """The width at which a line of that width is read if it is read alone: one of a few dozen."""
    step = next((step for most, step in _STEPS if width <= most), _LAST_STEP)
    return max(_MIN_COLUMNS, -(-width // step) * step)


def plan(widths: Sequence[int], costs: Costs, last: Shape | None = None) -> list[Batch]:
    """The batches in which lines are read for the least cost, those of a shape one after the other, the widest first.

    Args:
        widths: of the lines.
        costs: of the network.
        last: the shape it read last; batches of that shape come first.
    """
    order = sorted(range(len(widths)), key=lambda i: -widths[i])
    buckets = [bucket(widths[i]) for i in order]
    # Where lines of another bucket begin, and the end.
    edges = [i for i, now in enumerate(buckets) if i == 0 or buckets[i - 1] != now] + [len(order)]
    # For the lines up to each edge: the least cost, and where the last of their groups begins.
    best = [(0, 0)]
    for end in range(1, len(edges)):
        best.append(
            min(
                (best[start][0] + _group(edges[end] - edges[start], buckets[edges[start]], costs)[0], start)
                for start in range(end)
                if buckets[edges[start]] <= _MOST_STRETCH * buckets[edges[end] - 1]
            )
        )
    groups: list[tuple[int, int]] = []
    end = len(edges) - 1
    while end > 0:
        groups.append((best[end][1], end))
        end = best[end][1]
    batches: list[Batch] = []
    for start, end in reversed(groups):
        lines, columns = order[edges[start] : edges[end]], buckets[edges[start]]
        for count in _group(len(lines), columns, costs)[1]:
            batches.append(Batch(tuple(lines[:count]), (count, columns)))
            lines = lines[count:]
    return sorted(batches, key=lambda batch: batch.shape != last)


def _group(lines: int, columns: int, costs: Costs) -> tuple[int, tuple[int, ...]]:
    """The least cost of so many lines at one width, and how many each batch takes: powers of two that fall."""
    return _counts(lines, columns, 1 << (max(_MOST_COLUMNS // columns, 1).bit_length() - 1), costs)


@lru_cache(maxsize=4096)
def _counts(lines: int, columns: int, most: int, costs: Costs) -> tuple[int, tuple[int, ...]]:
    """See `_group`; no batch takes more than a number that is a power of two."""

    def alike(times: int) -> int:
        return costs.change + times * (most * columns + costs.call)

    full, left = divmod(lines, most)
    times = full + (left > 0)
    padded = alike(times), (most,) * times
    if most == 1:
        return padded
    smaller = _counts(lines, columns, most // 2, costs)
    if not (full and left):
        return min(padded, smaller)
    rest, counts = _counts(left, columns, most // 2, costs)
    return min(padded, smaller, (alike(full) + rest, (most,) * full + counts))
