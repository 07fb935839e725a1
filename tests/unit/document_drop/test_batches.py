from __future__ import annotations

import json

from document_drop.batches import Batches
from document_drop.place import Found, Standing
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


def test_what_has_not_changed_is_not_written_again(folder_drop: FolderDrop) -> None:
    batches = Batches(folder_drop.place)
    for _ in range(2):
        batches.begin()
        batches.count(found("x.pdf"))
        batches.finish([])
        (folder_drop.folder / "results" / "_batch.json").unlink(missing_ok=True)
        batches.begin()
        batches.count(found("x.pdf"))
        batches.finish([])
        assert folder_drop.result("_batch.json") is None
