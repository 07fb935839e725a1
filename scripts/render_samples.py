"""Renders the sample documents of `readfleet.samples`, and the text that is on them.

Everything on them is invented. The same Pillow makes the same bytes: `make samples`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_TARGET: Final = Path(__file__).parents[1] / "readfleet" / "samples"
_DPI: Final = 200
#: DIN A4 at that resolution.
_PAGE: Final = (1654, 2339)
_PAPER: Final = 250
_INK: Final = 28
_MOMENT: Final = time.struct_time((2026, 1, 1, 0, 0, 0, 3, 1, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words at a place."""

    text: str
    x: int
    y: int
    size: int = 34


def _column(x: int, y: int, step: int, lines: Sequence[str], size: int = 34) -> list[Text]:
    return [Text(text=line, x=x, y=y + i * step, size=size) for i, line in enumerate(lines) if line]


def _row(y: int, cells: Sequence[tuple[int, str]], size: int = 32) -> list[Text]:
    return [Text(text=text, x=x, y=y, size=size) for x, text in cells]


LETTER: Final = [
    Text(text="Harbour Lane Bindery", x=180, y=170, size=56),
    *_column(180, 260, 44, ["14 Harbour Lane, Wexcombe WX2 7QD", "Telephone 01632 960144"], size=30),
    *_column(180, 460, 48, ["Ms Adelina Brookfield", "The Marlstone Archive", "3 Cloister Row", "Marlstone MT5 1AB"]),
    Text(text="9 March 2026", x=1180, y=700),
    Text(text="Restoration of the parish registers", x=180, y=830, size=40),
    *_column(
        180,
        930,
        54,
        [
            "Dear Ms Brookfield,",
            "",
            "thank you for entrusting us with the six volumes that arrived on",
            "Tuesday. We have examined each of them page by page.",
            "",
            "Four volumes need only a new spine and fresh endpapers. In the two",
            "oldest, dated 1741 and 1768, the iron gall ink has begun to eat",
            "through the paper; we propose to line 212 leaves with thin tissue.",
            "",
            "The work would take about eleven weeks. Our estimate is on the next",
            "page. If you agree, please sign it and send it back by 31 March.",
            "",
            "You are welcome to visit the workshop on any weekday between nine",
            "and half past four.",
        ],
    ),
    *_column(180, 1790, 54, ["With kind regards,", "", "", "Tobias Fenwright", "Master bookbinder"]),
]

_COLUMNS: Final = (180, 300, 1010, 1150, 1330)
_TABLE: Final = [
    ("No", "Description", "Qty", "Price", "Amount"),
    ("1", "New spine, half leather", "4", "185.00", "740.00"),
    ("2", "Endpapers, marbled by hand", "8", "24.50", "196.00"),
    ("3", "Tissue lining, per leaf", "212", "3.75", "795.00"),
    ("4", "Cleaning, per volume", "6", "62.00", "372.00"),
    ("5", "Archival boxes", "2", "48.00", "96.00"),
]
_TABLE_TOP: Final = 860
_ROW: Final = 84
INVOICE: Final = [
    Text(text="Estimate 2026-0317", x=180, y=180, size=60),
    *_column(
        180, 320, 50, ["Customer: The Marlstone Archive", "Reference: MA/REG/1741-1802", "Valid until: 31 March 2026"]
    ),
    *_column(
        180, 560, 50, ["All prices in pounds sterling. Materials are included;", "carriage and insurance are not."]
    ),
    *[
        text
        for i, cells in enumerate(_TABLE)
        for text in _row(_TABLE_TOP + 22 + i * _ROW, list(zip((x + 16 for x in _COLUMNS), cells, strict=True)))
    ],
    *_row(1440, [(1010, "Subtotal"), (1346, "2,199.00")]),
    *_row(1500, [(1010, "VAT 20%"), (1346, "439.80")]),
    *_row(1570, [(1010, "Total"), (1346, "2,638.80")], size=40),
    *_column(180, 1760, 50, ["Payment within 30 days of delivery.", "Please quote the number of the estimate."]),
    Text(text="Signature", x=180, y=2060, size=28),
]

NOTICE: Final = [
    Text(text="ANNUAL LANTERN WALK", x=130, y=110, size=92),
    Text(text="Saturday 14 November, 6.30 pm", x=130, y=260, size=60),
    *_column(
        130,
        400,
        74,
        [
            "Meet at the old ferry landing in Ostwick.",
            "The walk is two miles long and ends at the",
            "village hall with soup, bread and music.",
            "",
            "Children under ten walk with an adult.",
            "Bring a lantern, no open flames please.",
        ],
        size=50,
    ),
    Text(text="Questions? Ask Perpetua Lindqvist, Mill Cottage", x=130, y=930, size=42),
]


def main() -> None:
    """Writes the samples."""
    _TARGET.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(20260101)
    letter = _scanned(_print(LETTER, _PAGE), -0.5, random)
    sheet = _print(INVOICE, _PAGE)
    _rule(sheet)
    invoice = _scanned(sheet, 0.4, random)
    letter.save(
        _TARGET / "letter.pdf",
        save_all=True,
        append_images=[invoice],
        resolution=_DPI,
        quality=42,
        title="Sample letter",
        creationDate=_MOMENT,
        modDate=_MOMENT,
    )
    _write_text("letter", LETTER, INVOICE)
    _photographed(_print(NOTICE, (1500, 1060)), random).save(_TARGET / "notice.jpg", quality=72, optimize=True)
    _write_text("notice", NOTICE)


def _print(texts: Sequence[Text], size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("L", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for text in texts:
        draw.text((text.x, text.y), text.text, fill=_INK, font=ImageFont.load_default(size=text.size))
    return sheet


def _rule(sheet: Image.Image) -> None:
    """The lines of the table, and the one to sign on."""
    draw = ImageDraw.Draw(sheet)
    right, bottom = 1500, _TABLE_TOP + len(_TABLE) * _ROW
    for i in range(len(_TABLE) + 1):
        y = _TABLE_TOP + i * _ROW
        draw.line([(_COLUMNS[0], y), (right, y)], fill=90, width=4 if i < 2 else 2)
    for x in (*_COLUMNS, right):
        draw.line([(x, _TABLE_TOP), (x, bottom)], fill=90, width=2)
    draw.line([(180, 2050), (760, 2050)], fill=60, width=2)


def _scanned(sheet: Image.Image, skew: float, random: np.random.Generator) -> Image.Image:
    """As a flatbed gives it: a little askew, a little soft, a little dust."""
    turned = sheet.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=_PAPER)
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    pixels = pixels + random.normal(0, 2.0, pixels.shape).astype(np.float32)
    for _ in range(60):
        y, x = random.integers(pixels.shape[0] - 3), random.integers(pixels.shape[1] - 3)
        pixels[y : y + 2, x : x + 2] -= 60
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _photographed(sheet: Image.Image, random: np.random.Generator) -> Image.Image:
    """As a telephone gives it: seen from the side, on a table, with the light from one corner."""
    width, height = 2000, 1500
    corners = [(260, 190), (1790, 120), (1860, 1330), (170, 1250)]  # of the sheet, clockwise from the top left
    edges = [(0, 0), (sheet.width, 0), sheet.size, (0, sheet.height)]
    warp = _homography(corners, edges)
    paper = _seen(sheet, warp, (width, height))
    mask = _seen(Image.new("L", sheet.size, 255), warp, (width, height)) / 255
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    table = 96 + 10 * np.sin(y / 23 + 2 * np.sin(x / 310))
    light = 1.0 - 0.28 * (x / width) - 0.18 * (y / height)
    tint = np.array([1.0, 0.965, 0.89], dtype=np.float32)
    wood = np.array([1.0, 0.76, 0.52], dtype=np.float32)
    scene = (mask * paper)[..., None] * tint + ((1 - mask) * table)[..., None] * wood
    scene = scene * light[..., None] + random.normal(0, 2.5, (height, width, 1)).astype(np.float32)
    photograph = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    return photograph.filter(ImageFilter.GaussianBlur(0.7))


def _seen(sheet: Image.Image, warp: list[float], size: tuple[int, int]) -> np.ndarray:
    view = sheet.transform(size, Image.Transform.PERSPECTIVE, warp, resample=Image.Resampling.BICUBIC)
    return np.asarray(view, dtype=np.float32)


def _homography(to: Sequence[tuple[int, int]], source: Sequence[tuple[int, int]]) -> list[float]:
    """The eight numbers with which Pillow finds, for a point of the result, the point it comes from."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(to, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solution = np.linalg.solve(np.array(rows, dtype=np.float64), np.array(source, dtype=np.float64).ravel())
    return [float(number) for number in solution]


def _write_text(name: str, *pages: Sequence[Text]) -> None:
    text = "\n\n".join("\n".join(text.text for text in page) for page in pages)
    (_TARGET / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
