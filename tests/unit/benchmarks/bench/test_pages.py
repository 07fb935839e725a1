from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.bench.pages import NoPages, Page, PageSet, as_png, find_sets


def listed(folder: Path, *entries: dict[str, object]) -> None:
    folder.mkdir(parents=True)
    for entry in entries:
        (folder / str(entry.get("file", "none"))).touch()
    (folder / "truth.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def test_pages_listed_in_json_lines(tmp_path: Path) -> None:
    # Given: a set with pictures, a later page of one, which nobody else could read, and what is no page
    listed(
        tmp_path / "scans",
        {"file": "a.png", "text": "one", "more": 1},
        {"file": "b.tif", "text": "two", "page": 2},
        {"file": "c.pdf", "text": "three", "page": 2},
        {"file": "d.png"},
        {"file": "e.doc", "text": "four"},
    )
    # And: a list of other things
    listed(tmp_path / "other", {"image": "x.png", "answer": "x.json"})
    (scans,) = find_sets(tmp_path)
    assert scans.name == "scans"
    assert [(page.path.name, page.number, page.text) for page in scans.pages] == [
        ("a.png", 1, "one"),
        ("c.pdf", 2, "three"),
    ]


def test_pages_with_their_text_beside_them(tmp_path: Path) -> None:
    for name in ("b.jpg", "b.txt", "a.png", "a.txt", "c.png", "d.txt"):
        (tmp_path / name).write_text(name)
    (only,) = find_sets(tmp_path)
    assert (only.name, [page.path.name for page in only.pages]) == (tmp_path.name, ["a.png", "b.jpg"])
    assert [page.text for page in only.pages] == ["a.txt", "b.txt"]


def test_some_sets_by_other_names(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        listed(tmp_path / name, {"file": "a.png", "text": name})
    sets = find_sets(tmp_path, ["letters=three", "one"])
    assert [(each.name, each.pages[0].text) for each in sets] == [("letters", "three"), ("one", "one")]
    with pytest.raises(NoPages, match=r"no set 'four'. There are: one, three, two"):
        find_sets(tmp_path, ["letters=four"])


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(NoPages, match="is no folder"):
        find_sets(tmp_path / "nowhere")
    with pytest.raises(NoPages, match="holds pages and their text"):
        find_sets(tmp_path)


def pages(*texts: str, suffix: str = "png") -> PageSet:
    return PageSet(name="set", pages=tuple(Page(path=Path(f"{i}.{suffix}"), text=text) for i, text in enumerate(texts)))


def test_fewer_pages_are_spread_over_all() -> None:
    many = pages(*"abcdefghij")
    assert [page.text for page in many.thinned(4).pages] == ["a", "c", "f", "h"]
    assert many.thinned(20) is many


def test_texts_in_capitals_only() -> None:
    assert pages("TOTAL 12.50", "ÄB 1").fold_case
    assert not pages("TOTAL", "Total").fold_case


def test_what_carries_its_text() -> None:
    assert pages("a", suffix="pdf").is_pdf
    assert not pages("a", suffix="png").is_pdf


def test_tiffs_become_pngs(tmp_path: Path) -> None:
    # Given: a fax as scanners write it, and a page that is a PNG already
    Image.new("1", (300, 200), 1).save(tmp_path / "fax.tif", compression="group4", dpi=(200, 200))
    Image.new("L", (30, 20)).save(tmp_path / "a.png")
    both = PageSet(
        name="set", pages=(Page(path=tmp_path / "fax.tif", text="x"), Page(path=tmp_path / "a.png", text="y"))
    )
    first, second = as_png(both, tmp_path / "out").pages
    assert (first.text, second) == ("x", both.pages[1])
    with Image.open(first.path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (300, 200))
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
