"""Pages whose text is known, in sets: found in a folder.

A set is a folder with pictures or PDFs and their text, in one of two forms:

* a JSON Lines file in it, an object for each page: `file` (relative to it), `text`, and `page` where that is not 1;
* for each file one beside it of the same name that ends in `.txt`, for a single page.

The folder that is given holds such folders, or is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from PIL import Image

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
_PDF: Final = ".pdf"


class NoPages(Exception):
    """There is nothing to read; the message says where, and what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page and its text."""

    path: Path
    text: str
    #: From 1.
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSet:
    """Pages of one kind."""

    name: str
    pages: tuple[Page, ...]

    @property
    def is_pdf(self) -> bool:
        """Whether these are PDFs, which carry their text: no other system takes them."""
        return all(page.path.suffix.lower() == _PDF for page in self.pages)

    @property
    def fold_case(self) -> bool:
        """Whether its texts were keyed in capitals only, whatever is on the pages."""
        return not any(character.islower() for page in self.pages for character in page.text)

    def thinned(self, most: int) -> PageSet:
        """At most so many of the pages, spread evenly."""
        count = len(self.pages)
        if count <= most:
            return self
        return replace(self, pages=tuple(self.pages[i * count // most] for i in range(most)))


def find_sets(folder: Path, wanted: Sequence[str] = ()) -> list[PageSet]:
    """The sets of a folder.

    Args:
        folder: where they are.
        wanted: which of them, by the names of their folders: see `chosen`.

    Raises:
        NoPages: there are none, or not the one that is wanted.
    """
    if not folder.is_dir():
        raise NoPages(f"{folder} is no folder.")
    found = {}
    for place in [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]:
        if pages := tuple(_pages(place)):
            found[place.name] = pages
    if not found:
        raise NoPages(f"Neither {folder} nor a folder in it holds pages and their text: see docs/performance.md.")
    return chosen([PageSet(name=name, pages=pages) for name, pages in found.items()], wanted)


def chosen(sets: Sequence[PageSet], wanted: Sequence[str]) -> list[PageSet]:
    """Those of the sets that are wanted, in that order; `name=old name` renames. Without any, all.

    Raises:
        NoPages: one is not there.
    """
    known = {each.name: each for each in sets}
    picked = []
    for each in wanted or known:
        name, _, old = each.partition("=")
        if (old or name) not in known:
            raise NoPages(f"There is no set {old or name!r}. There are: {', '.join(known)}.")
        picked.append(replace(known[old or name], name=name))
    return picked


def as_png(pages: PageSet, folder: Path) -> PageSet:
    """The set with its TIFFs turned into PNGs in that folder: some systems read no TIFF, or not every kind."""
    return replace(pages, pages=tuple(_as_png(page, folder / pages.name) for page in pages.pages))


def _as_png(page: Page, folder: Path) -> Page:
    if page.path.suffix.lower() not in (".tif", ".tiff"):
        return page
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{page.path.name}.png"
    with Image.open(page.path) as picture:
        dpi: Any = picture.info.get("dpi", (0, 0))
        known = {"dpi": tuple(float(side) for side in dpi)} if all(dpi) else {}
        picture.convert("L" if picture.mode in ("1", "L") else "RGB").save(target, "PNG", **known)
    return replace(page, path=target)


def _pages(folder: Path) -> Iterator[Page]:
    listed = False
    for index in sorted(folder.glob("*.jsonl")):
        for line in index.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line) if line.strip() else {}
            if not isinstance(entry.get("file"), str) or not isinstance(entry.get("text"), str):
                continue
            page = Page(path=folder / entry["file"], text=entry["text"], number=entry.get("page", 1))
            # The other systems take pictures of one page.
            if page.path.is_file() and _taken(page):
                listed = True
                yield page
    if listed:
        return
    for path in sorted(folder.iterdir()):
        page = Page(path=path, text="")
        if _taken(page) and (text := path.with_suffix(".txt")).is_file():
            yield replace(page, text=text.read_text(encoding="utf-8"))


def _taken(page: Page) -> bool:
    suffix = page.path.suffix.lower()
    return suffix == _PDF or (suffix in _PICTURES and page.number == 1)
