"""Reading many lines side by side: what each wants read next is read together, which costs less than one by one."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ocr_worker.engine.line_text import LineText
from ocr_worker.engine.port import Pixels
from ocr_worker.engine.recogniser import LineReader

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Lines that are to be read, and by whom."""

    reader: LineReader
    lines: Sequence[Pixels]


#: The work on a line: it yields what it wants read, is sent that text, and returns what came of it.
Work = Generator[Wanted, Sequence[LineText], T]


def in_rounds(works: Iterable[Work[T]]) -> list[T]:
    """Does all the work, and returns what came of each.

    In each round all that is wanted is read, by one reader after the other. Within a round works go on in the order in
    which they are given.
    """
    results: dict[int, T] = {}
    going: list[tuple[int, Work[T], Sequence[LineText] | None]] = [(i, work, None) for i, work in enumerate(works)]
    while going:
        asked: list[tuple[int, Work[T], Wanted]] = []
        for i, work, texts in going:
            try:
                asked.append((i, work, next(work) if texts is None else work.send(texts)))
            except StopIteration as end:
                results[i] = end.value
        read = _read([wanted for _, _, wanted in asked])
        going = [(i, work, texts) for (i, work, _), texts in zip(asked, read, strict=True)]
    return [results[i] for i in sorted(results)]


def _read(wanted: Sequence[Wanted]) -> list[Sequence[LineText]]:
    """The texts of all that is wanted."""
    texts: list[Sequence[LineText]] = [()] * len(wanted)
    for reader in {id(each.reader): each.reader for each in wanted}.values():
        own = [i for i, each in enumerate(wanted) if each.reader is reader]
        read = iter(reader.read([line for i in own for line in wanted[i].lines]))
        for i in own:
            texts[i] = [next(read) for _ in wanted[i].lines]
    return texts
