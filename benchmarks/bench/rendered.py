"""Pages of our own, drawn with text that is known, for those who have no others. The same seed draws the same pages.

They are cleaner than real ones: good for comparing speed, and for seeing that nothing is broken.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
import pikepdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.bench.pages import Page, PageSet
from readfleet import samples

#: That come with Matplotlib: serif, sans serif, typewriter; bold and slanted.
_FONTS: Final = (
    "DejaVuSerif.ttf",
    "DejaVuSans.ttf",
    "STIXGeneral.ttf",
    "DejaVuSansMono.ttf",
    "STIXGeneralItalic.ttf",
    "DejaVuSans-Bold.ttf",
)
#: DIN A4 at 200 dots an inch, and a strip of paper.
_A4: Final = (1654, 2339)
_STRIP: Final = (560, 1100)
#: DIN A4 in points.
_A4_PT: Final = (595, 842)
_INK: Final = 30

_Lines = list[str]


def draw_sets(folder: Path, count: int) -> list[PageSet]:
    """Letters, tables, receipts, and PDFs that carry their text: so many pages of each, in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, Callable[[random.Random, Path], _Lines]] = {
        "letters.png": _letter,
        "tables.png": _sheet,
        "receipts.jpg": _receipt,
        "text-layer.pdf": _text_layer,
    }
    sets = []
    for kind, draw in kinds.items():
        name, _, suffix = kind.partition(".")
        pages = []
        for i in range(count):
            path = folder / f"{name}-{i + 1:02}.{suffix}"
            pages.append(Page(path=path, text="\n".join(draw(random.Random(f"{name} {i}"), path))))
        sets.append(PageSet(name=name, pages=tuple(pages)))
    return sets


def _letter(chance: random.Random, path: Path) -> _Lines:
    font = _font(chance.choice(_FONTS), chance.randint(26, 38))
    sheet, draw = _sheet_of(_A4)
    step = int(font.size * 1.55)
    lines = [_prose(chance, font, 1290) for _ in range(min(30, 1900 // step))]
    for i, line in enumerate(lines):
        draw.text((180, 200 + i * step), line, fill=_INK, font=font)
    _worn(sheet, chance, blur=0.6, noise=3).save(path)
    return lines


def _sheet(chance: random.Random, path: Path) -> _Lines:
    font, rows, step, columns = _font(chance.choice(_FONTS[:4]), 28), 22, 78, (150, 260, 960, 1150, 1330, 1530)
    sheet, draw = _sheet_of(_A4)
    lines = []
    for row in range(rows):
        count, price = chance.randint(1, 40), chance.randint(100, 99999)
        what = " ".join(chance.sample(_vocabulary(), 3))
        cells = (str(row + 1), what, str(count), f"{price / 100:.2f}", f"{count * price / 100:.2f}")
        y = 220 + row * step
        for x, cell in zip(columns, cells, strict=False):
            draw.text((x + 14, y + 18), cell, fill=_INK, font=font)
        draw.line([(columns[0], y), (columns[-1], y)], fill=90, width=2)
        lines.append(" ".join(cells))
    for x in columns:
        draw.line([(x, 220), (x, 220 + (rows - 1) * step)], fill=90, width=2)
    _worn(sheet, chance, blur=0.5, noise=3).save(path)
    return lines


def _receipt(chance: random.Random, path: Path) -> _Lines:
    font = _font("DejaVuSansMono.ttf", 19)
    sheet, draw = _sheet_of(_STRIP)
    lines = []
    for i in range(34):
        what = " ".join(chance.sample(_vocabulary(), 2)).upper()[:24]
        lines.append(f"{what:<25}{chance.randint(1, 9999) / 100:>9.2f}")
        draw.text((60, 50 + i * 29), lines[-1], fill=90, font=font)
    _worn(sheet, chance, blur=0.8, noise=9).save(path, quality=60)
    return lines


def _text_layer(chance: random.Random, path: Path) -> _Lines:
    """A page of a PDF in Helvetica, without a picture."""
    font = ImageFont.load_default(size=11)
    lines = [_prose(chance, font, 420) for _ in range(44)]
    shown = "".join(f"({line}) Tj 0 -16 Td\n" for line in lines)
    pdf = pikepdf.new()
    helvetica = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page = pdf.add_blank_page(page_size=_A4_PT)
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=helvetica))
    page.obj.Contents = pdf.make_stream(f"BT /F 11 Tf 60 780 Td\n{shown}ET".encode("ascii"))
    pdf.save(path)
    return lines


def _sheet_of(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", size, 248)
    return sheet, ImageDraw.Draw(sheet)


def _worn(sheet: Image.Image, chance: random.Random, *, blur: float, noise: float) -> Image.Image:
    """A little askew, soft and grainy, as scanners make it."""
    turned = sheet.rotate(chance.uniform(-0.6, 0.6), resample=Image.Resampling.BICUBIC, fillcolor=248)
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32)
    grain = np.random.default_rng(chance.getrandbits(32)).normal(0, noise, pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _prose(chance: random.Random, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    line = ""
    while font.getlength(longer := f"{line} {_word(chance)}".lstrip()) < width:
        line = longer
    return line


def _word(chance: random.Random) -> str:
    if chance.random() < 0.08:
        return str(chance.randint(2, 99999))
    return chance.choice(_vocabulary())


@functools.cache
def _vocabulary() -> Sequence[str]:
    words = {word.strip(".,;:?") for path in samples.paths() for word in samples.text(path).split()}
    return sorted(word for word in words if word.isalpha())


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size)
