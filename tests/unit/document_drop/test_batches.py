from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from document_drop.batches import Batches
from document_drop.place import Found, PlaceRefuses, Standing
from read_operations.errors import StorageUnavailable
from tests.unit.document_drop.drops import FolderDrop


def found(name: str, standing: Standing | None = None) -> Found:
    return Found(name=name, version="1", size=1, standing=standing)


def test_each_prefix_has_its_counts(folder_drop: FolderDrop) -> None:
    batches = Batches(folder_drop.place)
    # A look that was broken off counts for nothing
    batches.begin()
    batches.count(found("a/x.pdf", Standing.FAILED))
    batches.begin()
    for each in (found("x.pdf"), found("y.pdf", Standing.FAILED), found("a/x.pdf", Standing.SKIPPED)):
        batches.count(each)
    batches.finish([("a/", Standing.SUCCEEDED, 3), ("b/", Standing.SUCCEEDED, 1)])
    shown = {prefix: json.loads(folder_drop.result(f"{prefix}_batch.json") or b"") for prefix in ("", "a/", "b/")}
    names = ("status", "percentCompleted", "succeededCount", "failedCount", "skippedCount", "waitingCount")
    assert [shown[""][name] for name in names] == ["running", 50, 0, 1, 0, 1]
    assert [shown["a/"][name] for name in names] == ["succeeded", 100, 3, 0, 1, 0]
    assert [shown["b/"][name] for name in names] == ["succeeded", 100, 1, 0, 0, 0]


def test_a_manifest_that_cannot_be_written_stops_no_other(folder_drop: FolderDrop, tmp_path: Path) -> None:
    # Given a result where the manifests of a prefix would have to be
    file = tmp_path / "result"
    file.write_text("{}")
    folder_drop.place.write("x", ".json", file)
    batches = Batches(folder_drop.place)
    # When a look ends that has met documents there, and in another prefix
    batches.begin()
    for name in ("x", "x.json/y.pdf", "z/y.pdf"):
        batches.count(found(name))
    assert batches.finish([]) == {"waiting": 3}
    # Then the others have theirs
    assert folder_drop.result("_batch.json")
    assert folder_drop.result("z/_batch.json")


def test_a_manifest_that_is_refused_is_written_once_it_can_be(
    folder_drop: FolderDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = Batches(folder_drop.place)

    def refuse(*_: object) -> str:
        raise PlaceRefuses("leased")

    monkeypatch.setattr(folder_drop.place, "write", refuse)
    with capture_logs() as logs:
        for _ in range(3):
            look(batches)
    # It is said once
    assert [log["event"] for log in logs] == ["a manifest cannot be written"]
    monkeypatch.undo()
    look(batches)
    assert folder_drop.result("_batch.json")


def look(batches: Batches) -> None:
    """At one document that waits."""
    batches.begin()
    batches.count(found("x.pdf"))
    batches.finish([])


def test_an_outage_costs_no_manifest_twice(folder_drop: FolderDrop, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = Batches(folder_drop.place)
    write = folder_drop.place.write
    written: list[str] = []

    def write_one(name: str, suffix: str, file: Path) -> str:
        if len(written) == 1:
            monkeypatch.undo()
            raise StorageUnavailable
        written.append(name)
        return write(name, suffix, file)

    monkeypatch.setattr(folder_drop.place, "write", write_one)
    batches.begin()
    for name in ("a/x.pdf", "b/x.pdf"):
        batches.count(found(name))
    with pytest.raises(StorageUnavailable):
        batches.finish([])
    (folder_drop.folder / "results" / "a" / "_batch.json").unlink()
    batches.begin()
    for name in ("a/x.pdf", "b/x.pdf"):
        batches.count(found(name))
    batches.finish([])
    assert folder_drop.result("a/_batch.json") is None
    assert folder_drop.result("b/_batch.json")


def test_what_has_not_changed_is_not_written_again(folder_drop: FolderDrop) -> None:
    batches = Batches(folder_drop.place)
    for _ in range(2):
        look(batches)
        (folder_drop.folder / "results" / "_batch.json").unlink(missing_ok=True)
        look(batches)
        assert folder_drop.result("_batch.json") is None
