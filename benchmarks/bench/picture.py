"""Speed against accuracy, a panel for each set, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from benchmarks.bench.summary import Summary

#: Ours, and others.
_COLOURS: Final = ("#c2410c", "#475569")
_PANEL: Final = (4.6, 3.8)
_OPTIONS: Final[Any] = {"svg.fonttype": "none", "svg.hashsalt": "readfleet", "font.size": 9}


def draw(summaries: Sequence[Summary], ours: frozenset[str], target: Path) -> None:
    """Draws it. Right is faster, up is better.

    Args:
        summaries: what is drawn.
        ours: which of the systems are ours.
        target: the file.
    """
    names = list(dict.fromkeys(each.set for each in summaries))
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    with mpl.rc_context(_OPTIONS):
        figure = Figure(figsize=(_PANEL[0] * columns, _PANEL[1] * rows), layout="constrained")
        for i, name in enumerate(names):
            panel = figure.add_subplot(rows, columns, i + 1)
            panel.set(title=name, xlabel="pages a second of one core", ylabel="F1 of words", xscale="log")
            panel.grid(color="#e2e8f0")
            shown = sorted((each for each in summaries if each.set == name), key=lambda each: each.cpu_rate)
            for rank, each in enumerate(shown):
                point, colour = (each.cpu_rate, each.score.f1), _COLOURS[each.system not in ours]
                panel.scatter(*point, color=colour, zorder=2)
                # Neighbours' names go above and below, so that they seldom meet.
                place = (0, -13 if rank % 2 else 6)
                panel.annotate(each.system, point, place, textcoords="offset points", ha="center", color=colour)
            panel.margins(x=0.2, y=0.15)
            panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.xaxis.set_major_formatter("{x:g}")
            panel.xaxis.set_minor_formatter(NullFormatter())
        # Without a date, so that the same figures make the same file.
        figure.savefig(target, format="svg", metadata={"Date": None})
