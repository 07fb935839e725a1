"""Whether a child stays as it is: reads thousands of pages of different shapes, and prints what it takes on the way.

Usage: python -m benchmarks.steadiness [--mode fast|cascade|accurate] [--pages 2000] [--every 100] [--seed 1]

The child reads as a worker's does, files of all formats one after the other. Memory is resident memory; seconds are
those that it spent computing, so other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from ocr_worker.children import memory_of
from read_operations.records import Format, Request
from read_operations.settings import Mode, Settings
from readfleet import samples
from tests.builders import encoded, scanned_pdf

#: Sides of pages in pixels, and heights of letters.
_SIDES: Final = (240, 3600)
_FONTS: Final = (14, 22, 34, 56)
#: One page in so many is a strip, is turned, or is full of text; the others have some lines.
_STRIP, _TURNED, _FULL = 40, 10, 30
_LINES: Final = (1, 10)
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a child says after each page."""

    rss_bytes: int
    peak_bytes: int
    cpu_s: float
    characters: int


def pages(seed: int) -> Iterator[tuple[Format, bytes]]:
    """Documents of one page without end, no two of the same shape: the same for the same seed."""
    chance = random.Random(seed)
    words = samples.text(samples.paths()[0]).split()
    while True:
        image = _page(chance, words)
        match chance.choice((Format.PDF, Format.TIFF, Format.JPEG, Format.PNG)):
            case Format.PDF:
                yield Format.PDF, scanned_pdf([image], chance.choice((100, 150, 200, 300)))
            case Format.TIFF:
                yield Format.TIFF, encoded(image.convert("1"), "TIFF", compression="group4")
            case Format.JPEG:
                yield Format.JPEG, encoded(image.convert("RGB"), "JPEG", quality=80)
            case _:
                yield Format.PNG, encoded(image, "PNG", compress_level=1)


def _page(chance: random.Random, words: list[str]) -> Image.Image:
    width, height = (round(_SIDES[0] * (_SIDES[1] / _SIDES[0]) ** chance.random()) for _ in range(2))
    if chance.randrange(_STRIP) == 0:
        width, height = chance.randint(100, 300), chance.randint(4000, 9000)
    image = Image.new("L", (width, height), chance.randint(200, 255))
    draw, font_px = ImageDraw.Draw(image), chance.choice(_FONTS)
    font = ImageFont.load_default(size=font_px)
    most = height // (2 * font_px) if chance.randrange(_FULL) == 0 else chance.randint(*_LINES)
    for row in range(most):
        y = font_px + round(row * font_px * 1.6)
        line = " ".join(chance.choices(words, k=chance.randint(1, 16)))
        draw.text((chance.randint(5, 60), y), line, fill=chance.randint(0, 60), font=font)
    return image.transpose(Image.Transpose.ROTATE_90) if chance.randrange(_TURNED) == 0 else image


def child(connection: Connection, mode: Mode) -> None:
    """Reads what it is told to until it is told nothing, and says what it takes."""
    settings = Settings(mode=mode, text_layer=False)
    from ocr_worker.engine import load_engine

    engine = load_engine(settings)
    from ocr_worker.page_reader import read_page

    characters = 0
    while True:
        connection.send(State(**memory(), cpu_s=time.process_time(), characters=characters))
        message = connection.recv()
        if message is None:
            return
        path, format = message
        page = read_page(path, Request(id="steadiness", format=format), 1, engine, settings)
        characters = sum(len(line.text) for line in page.lines)


def memory() -> dict[str, int]:
    """Resident memory of this process, and the most it ever had."""
    now, most = memory_of(os.getpid())
    return {"rss_bytes": now, "peak_bytes": most}


def measure(mode: Mode, count: int, every: int, seed: int) -> None:
    """Prints a row for every so many pages."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=child, args=(theirs, mode), daemon=True)
    process.start()
    before: State = ours.recv()
    print(f"| {mode.value} | 0 | {before.rss_bytes // _MIB} | {before.peak_bytes // _MIB} | | |", flush=True)
    characters = 0
    with tempfile.TemporaryDirectory(prefix="readfleet-steadiness-") as folder:
        path = Path(folder) / "document"
        for number, (format, document) in zip(range(1, count + 1), pages(seed), strict=False):
            path.write_bytes(document)
            ours.send((path, format))
            state: State = ours.recv()
            characters += state.characters
            if number % every == 0:
                print(
                    f"| {mode.value} | {number} | {state.rss_bytes // _MIB} | {state.peak_bytes // _MIB} "
                    f"| {(state.cpu_s - before.cpu_s) / every:.2f} | {characters // every} |",
                    flush=True,
                )
                before, characters = state, 0
    ours.send(None)
    process.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.ACCURATE)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| mode | pages | MiB | most MiB | seconds of a core a page | characters a page |")
    print("| --- | --- | --- | --- | --- | --- |")
    measure(arguments.mode, arguments.pages, arguments.every, arguments.seed)
