"""Readfleet's modes against other programs, on the same pages, side by side on one core: `make bench`.

Writes a report, a picture and the raw figures. How to read them: docs/performance.md.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.bench import machine, pages, picture, rendered, report, scaling, summary, systems
from benchmarks.bench.child import ChildFailed
from benchmarks.bench.report import Measured
from benchmarks.bench.runner import Tell, Track, laps, race
from read_operations.settings import Settings

_CACHE = Path(platformdirs.user_cache_dir("readfleet")) / "bench"
#: Pages that one and two workers are compared on.
_SCALING_PAGES = 12
#: Most pages of a kind that are drawn: more of them tell nothing new.
_DRAWN = 5


def _names(text: str) -> list[str]:
    return [name for name in text.replace(",", " ").split() if name]


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder of pages whose text is known; without it pages are drawn.")
    ] = None,
    sets: Annotated[str, typer.Option(help="Sets, joined by commas, by default all; NAME=FOLDER renames one.")] = "",
    pages_each: Annotated[int, typer.Option("--pages", min=1, help="Most pages of a set.")] = 20,
    names: Annotated[str, typer.Option("--systems", help="Systems, joined by commas; by default all.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="How often each page is read.")] = 1,
    output: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("build/bench"),
    cache: Annotated[Path, typer.Option(help="Folder for what other programs need.")] = _CACHE,
    core: Annotated[int | None, typer.Option(help="Core that is used; by default the last.")] = None,
) -> None:
    """Compares Readfleet's modes with other programs on this machine."""
    cores = sorted(os.sched_getaffinity(0))
    core = cores[-1] if core is None else core
    settings = Settings()
    output.mkdir(parents=True, exist_ok=True)
    try:
        chosen = systems.named(_names(names), settings.models_dir)
        if data:
            found = pages.find_sets(data, _names(sets))
        else:
            found = pages.chosen(rendered.draw_sets(output / "pages", min(pages_each, _DRAWN)), _names(sets))
    except (systems.UnknownSystem, pages.NoPages) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    read = [pages.as_png(each.thinned(pages_each), output / "pages") for each in found]
    track = Track(core=core, cache=cache, logs=output / "logs")
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("measuring this core", total=laps(read, rounds))

        def tell(what: str, done: int) -> None:
            if what and progress.disable:
                typer.echo(what, err=True)
            progress.update(task, advance=done, description=what or None)

        before = machine.matrix_rates(core)
        came = race(chosen, read, rounds, track, tell)
        workers = _two_workers(chosen, read, cores, core, track, tell)
        after = machine.matrix_rates(core)
    run = Measured(
        machine=machine.describe(),
        # The better one, as other work on the machine only ever takes away.
        rates={name: max(rate, after[name]) for name, rate in before.items()},
        race=came,
        summaries=summary.summarise(came.rows, read),
        scaling=workers,
        layers=summary.summarise(summary.alone(came.rows), read),
    )
    _write(run, chosen, read, output)
    typer.echo(report.markdown(run))
    typer.echo(f"{output / 'report.md'}, {output / 'picture.svg'} and {output / 'rows.json'} hold all of it.")


def _two_workers(
    chosen: list[systems.System], sets: list[pages.PageSet], cores: list[int], core: int, track: Track, tell: Tell
) -> scaling.Scaling | None:
    """One and two workers on pictures of all sets, if there are two cores and the default mode takes part."""
    ours = next((system for system in chosen if system.name == systems.default_mode()), None)
    pictures = [each for each in sets if not each.is_pdf]
    others = [each for each in cores if each != core]
    if ours is None or not pictures or not others:
        return None
    mixed = [page for each in pictures for page in each.thinned(-(-_SCALING_PAGES // len(pictures))).pages]
    try:
        return scaling.two_workers(ours, mixed, (core, others[-1]), 1, track, tell)
    except ChildFailed:
        return None


def _write(run: Measured, chosen: list[systems.System], sets: list[pages.PageSet], output: Path) -> None:
    ours = frozenset(system.name for system in chosen if system.ours)
    # One system alone reads those.
    of_pdf = {each.name for each in sets if each.is_pdf}
    (output / "report.md").write_text(report.markdown(run), encoding="utf-8")
    if pictures := [each for each in run.summaries if each.set not in of_pdf]:
        picture.draw(pictures, ours, output / "picture.svg")
    raw: dict[str, Any] = {
        "machine": run.machine,
        "gflop_per_second": run.rates,
        "systems": run.race.about,
        "missing": run.race.missing,
        "two_workers": dataclasses.asdict(run.scaling) if run.scaling else None,
        "summaries": [
            {
                **dataclasses.asdict(each),
                "score": {"cer": each.score.cer, "wer": each.score.wer, "f1": each.score.f1},
            }
            for each in run.summaries
        ],
        "rows": [dataclasses.asdict(row) for row in run.race.rows],
    }
    (output / "rows.json").write_text(json.dumps(raw, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
