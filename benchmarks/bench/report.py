"""What was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bench.runner import Race
from benchmarks.bench.scaling import Scaling
from benchmarks.bench.summary import Summary
from benchmarks.bench.systems import default_mode
from benchmarks.bench.targets import verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    machine: Mapping[str, Any]
    #: Billions of floating-point operations a second: see `machine.matrix_rates`.
    rates: Mapping[str, float]
    race: Race
    summaries: Sequence[Summary]
    scaling: Scaling | None = None
    #: Of pages of PDFs that had nothing to read beside their text: see `summary.alone`.
    layers: Sequence[Summary] = ()

    @property
    def layer_rate(self) -> float | None:
        """Pages a second of the processor that were answered from their text layer alone."""
        if not self.layers:
            return None
        return sum(each.pages for each in self.layers) / sum(each.cpu_s for each in self.layers)


def markdown(run: Measured) -> str:
    """The report of a run."""
    return "\n".join(_sections(run))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _sections(run: Measured) -> Iterator[str]:
    machine = run.machine
    yield "# Side by side\n"
    yield (
        f"{machine['processor']} ({machine['isa']}), {machine['cores']} cores, {machine['memory_gib']} GiB. "
        "One core, one thread, the systems in turn on each page.\n"
    )
    yield table(("system", "what it is"), [(name, _about(about)) for name, about in run.race.about.items()])
    for name in dict.fromkeys(each.set for each in run.summaries):
        yield f"## {name}\n"
        yield _of_set([each for each in run.summaries if each.set == name])
    for each in run.layers:
        yield (
            f"{each.pages} pages of {each.set} had nothing to read beside their text: {each.cpu_rate:.0f} pages/s of "
            f"the processor, F1 {each.score.f1:.4f}.\n"
        )
    if run.scaling:
        yield "## Two workers on two cores\n"
        yield _scaling(run.scaling)
    yield "## Floating-point operations\n"
    yield _operations(run)
    yield "## Targets\n"
    rows = [
        (each.target, each.measured, "yes" if each.met else "no")
        for each in verdicts(run.summaries, run.layer_rate, run.scaling)
    ]
    yield table(("target", "measured", "met"), rows)
    if run.race.missing:
        yield "## Missing\n"
        yield table(("system", "because"), [(name, _cell(why)) for name, why in run.race.missing.items()])


def _of_set(summaries: Sequence[Summary]) -> str:
    base = next((each for each in summaries if each.system == default_mode()), None)
    most = max(each.pages for each in summaries)
    rows = []
    for each in summaries:
        notes = [f"{each.failed} failed"] if each.failed else []
        notes += [f"{each.pages} of {most} pages"] if each.pages < most else []
        name = f"{each.system} (default)" if each is base else each.system
        rows.append(
            (
                name + (f" ({', '.join(notes)})" if notes else ""),
                f"{each.cpu_rate:.2f}",
                f"{each.wall_rate:.2f}",
                f"{each.cpu_rate / base.cpu_rate:.2f}" if base else "",
                f"{each.score.cer:.4f}",
                f"{each.score.wer:.4f}",
                f"{each.score.f1:.4f}",
                f"{each.rss_bytes / 2**20:.0f}",
            )
        )
    columns = ("system", "pages/s of CPU", "by the clock", "CPU, default = 1", "CER", "WER", "F1", "peak MiB")
    return f"{most} pages\n\n" + table(columns, rows)


def _scaling(scaling: Scaling) -> str:
    rows = [
        (
            "one",
            f"{scaling.alone_pages / scaling.alone_wall_s:.2f}",
            f"{scaling.alone_cpu_s / scaling.alone_pages:.3f}",
        ),
        (
            "two",
            f"{scaling.together_pages / scaling.together_wall_s:.2f}",
            f"{scaling.together_cpu_s / scaling.together_pages:.3f}",
        ),
        ("two / one", f"{scaling.wall_ratio:.2f} times", f"{scaling.cpu_ratio:.2f} times the pages"),
    ]
    return table((f"workers, {scaling.system}", "pages/s by the clock", "seconds of CPU a page"), rows)


def _operations(run: Measured) -> str:
    rates = ", ".join(f"{name} {rate:.0f}" for name, rate in run.rates.items())
    rows = [
        (
            each.system,
            each.set,
            f"{each.gflop / each.pages:.1f}",
            f"{each.network_s / each.cpu_s:.0%}",
            f"{each.gflop / each.network_s:.0f}",
            *(f"{each.gflop / each.network_s / rate:.0%}" for rate in run.rates.values()),
        )
        for each in run.summaries
        if each.network_s
    ]
    shares = [f"of {name}" for name in run.rates]
    columns = ("system", "set", "GFLOP a page", "CPU time in networks", "GFLOP/s there", *shares)
    return f"Products of large matrices with one thread, in GFLOP/s: {rates}.\n\n" + table(columns, rows)


def _about(about: Mapping[str, Any]) -> str:
    def said(value: object) -> str:
        if isinstance(value, dict):
            return ", ".join(f"{key} {each}" for key, each in value.items())
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    return "; ".join(f"{key} {said(value)}" for key, value in about.items() if key != "load_s")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
