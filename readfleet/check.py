"""The `check` command: can this machine, as it is set up, do a worker's work?"""

from __future__ import annotations

import os
from collections import Counter
from typing import Final

import typer

from ocr_worker.trial import Trial, read_first_page
from read_operations.records import Format
from read_operations.settings import Settings
from readfleet import samples
from readfleet.complaints import complain

#: Part of the sample's words that every mode reads, and to spare.
_ENOUGH: Final = 0.9


def run(settings: Settings) -> int:
    """Reads a bundled page and prints its text, and how long it took.

    Returns:
        The exit code: 78 if what was read will not do.

    Raises:
        CpuUnsupported: the CPU has no AVX2.
        ModelError: weights are missing or are not the pinned ones.
    """
    sample = samples.paths()[1]
    trial = read_first_page(settings, sample, Format.JPEG)
    text = "\n".join(line.text for line in trial.page.lines)
    wanted, read = Counter(samples.text(sample).split()), Counter(text.split())
    total, right = wanted.total(), (wanted & read).total()
    typer.echo(text)
    typer.echo()
    typer.echo(_summary(settings, trial))
    typer.echo(f"{right} of {total} words are right")
    if right < _ENOUGH * total:
        complain("That is too few: this machine runs the networks, but not as they are meant to be run.")
        return os.EX_CONFIG
    return 0


def _summary(settings: Settings, trial: Trial) -> str:
    models = ", ".join(f"{name} in {precision}" for name, precision in trial.engine.models.items())
    return (
        f"{trial.engine.runtime} on {trial.isa}, {settings.mode.value}: {models}\n"
        f"loaded in {trial.load_s:.1f} s, page read in {trial.read_s:.2f} s"
    )
