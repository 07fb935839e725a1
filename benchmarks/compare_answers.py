"""Compares a running service's answers with recorded ones of the original, and prints what differs as Markdown.

usage: python -m benchmarks.compare_answers --data FOLDER --endpoint http://127.0.0.1:5000

The exit code is 1 when a key, a type, the writing of a number, a unit or a size differs, or when half of the words that
both read from pictures overlap by less than seven tenths.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.comparison import COLUMNS, IGNORED, Comparison
from benchmarks.provoked import provoke
from benchmarks.recordings import recordings, refusals
from benchmarks.service import Service


def main(
    data: Annotated[Path, typer.Option(help="Folder with index.jsonl, errors.jsonl and what they name.")],
    endpoint: Annotated[str, typer.Option(help="Where the service listens.")] = "http://127.0.0.1:5000",
) -> None:
    """Compares a running service's answers with recorded ones of the original."""
    service, comparison = Service(endpoint), Comparison()
    for recording in recordings(data):
        ours = None
        if recording.document:
            ours = service.read(recording.version, recording.query, recording.document.read_bytes())
        comparison.add(recording, ours)
    errors = [error for refusal in refusals(data) if (error := provoke(refusal, service))]
    differences = comparison.differences()
    differences += [f"{error.theirs}: {each}" for error in errors for each in error.differences]
    print(_table(COLUMNS, [*comparison.rows, comparison.of_pictures()]))
    print(_table(("error", "ours"), [(error.theirs, error.ours) for error in errors]))
    print(_table(("not compared", "because"), IGNORED.items()))
    print(_table(("differences",), [[each] for each in differences] or [["none"]]))
    sys.exit(1 if differences else 0)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    typer.run(main)
