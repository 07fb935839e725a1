"""Both places, by the same bodies."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import pytest
from azure.storage.blob import BlobLeaseClient

from document_drop.blob_place import BlobPlace
from document_drop.names import ERROR, RESULT
from document_drop.place import DocumentChanged, Found, Mark, PlaceRefuses, Standing
from tests.unit.document_drop.drops import BlobDrop, Drop

#: Two of them look the same, and are not.
NAMES = ["plain.pdf", "\u00fc.pdf", "u\u0308.pdf", "a b/ü/深い.png", "+%41&?#/x.tiff", "quote'\"<>.jpg"]


def looked(drop: Drop) -> dict[str, Found]:
    """What is found; by the second look what was dropped before has settled."""
    for _ in drop.place.look():
        pass
    return {found.name: found for found in drop.place.look()}


def file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def mark(standing: Standing = Standing.SUCCEEDED) -> Mark:
    return Mark(standing=standing, operation="3f3b7c7e-0000-4000-8000-000000000000", pages=3, failed_pages=1)


def test_everything_that_may_be_a_document_is_found_with_its_name(drop: Drop) -> None:
    for name in NAMES:
        drop.put(name, b"content")
    for name in (".hidden", ".git/x.pdf", "a/~$x.docx", "x.pdf.part", "_batch.json", "a/options.json"):
        drop.put(name, b"content")
    drop.put("empty.pdf", b"")
    found = looked(drop)
    assert found.keys() == set(NAMES)
    assert all(each.settled and each.standing is None and each.size == 7 for each in found.values())
    for name in NAMES:
        assert drop.place.find(name) == found[name]
        with drop.place.open(found[name]) as chunks:
            assert b"".join(chunks) == b"content"


@pytest.mark.parametrize(
    "name", ["", "absent.pdf", "../results/.readfleet/id", "a/../b", "x\0y", "/", "a//b", "x" * 5000]
)
def test_a_name_that_leads_nowhere_is_not_found(drop: Drop, name: str) -> None:
    assert drop.place.find(name) is None


def test_a_large_document_comes_in_pieces(drop: Drop) -> None:
    data = bytes(9 * 2**20)
    drop.put("large.pdf", data)
    with drop.place.open(looked(drop)["large.pdf"]) as chunks:
        sizes = [len(chunk) for chunk in chunks]
    assert sum(sizes) == len(data)
    assert max(sizes) <= 4 * 2**20


def test_what_became_of_a_version_is_remembered_until_there_is_another(drop: Drop) -> None:
    drop.put("a/x.pdf", b"first")
    drop.put("a/y.pdf", b"other")
    found = looked(drop)
    assert drop.place.mark(found["a/x.pdf"], mark())
    again = looked(drop)
    assert again["a/x.pdf"].standing is Standing.SUCCEEDED
    assert drop.place.find("a/x.pdf") == again["a/x.pdf"]
    assert again["a/y.pdf"].standing is None
    drop.put("a/x.pdf", b"second")
    assert looked(drop)["a/x.pdf"].standing is None


def test_a_version_that_was_replaced_is_neither_read_nor_marked_nor_removed(drop: Drop) -> None:
    drop.put("x.pdf", b"first")
    old = looked(drop)["x.pdf"]
    drop.put("x.pdf", b"second")
    with pytest.raises(DocumentChanged), drop.place.open(old) as chunks:
        list(chunks)
    drop.place.mark(old, mark())
    for remove in (drop.place.delete, drop.place.move):
        with pytest.raises(DocumentChanged):
            remove(old)
    now = looked(drop)["x.pdf"]
    assert now.standing is None
    with drop.place.open(now) as chunks:
        assert b"".join(chunks) == b"second"


def test_a_document_that_is_gone_is_no_trouble(drop: Drop) -> None:
    drop.put("x.pdf", b"first")
    old = looked(drop)["x.pdf"]
    drop.place.delete(old)
    assert drop.names() == set()
    drop.place.mark(old, mark())
    for remove in (drop.place.delete, drop.place.move):
        with pytest.raises(DocumentChanged):
            remove(old)
    with pytest.raises(DocumentChanged), drop.place.open(old) as chunks:
        list(chunks)


def test_a_moved_document_is_not_found_again(drop: Drop) -> None:
    drop.put("a/ü x.pdf", b"first")
    drop.place.move(looked(drop)["a/ü x.pdf"])
    assert looked(drop) == {}


def test_results_are_replaced_and_discarded(drop: Drop, tmp_path: Path) -> None:
    name = "a b/ü.pdf"
    assert not drop.place.has_result(name)
    assert drop.place.write(name, RESULT, file(tmp_path, b"one")).endswith("a b/ü.pdf.json")
    drop.place.write(name, RESULT, file(tmp_path, b"two"))
    drop.place.write(name, ERROR, file(tmp_path, b"three"))
    assert drop.place.has_result(name)
    assert drop.result("a b/ü.pdf.json") == b"two"
    drop.place.discard(name, ERROR)
    drop.place.discard(name, ERROR)
    assert drop.result("a b/ü.pdf.error.json") is None


def test_a_result_has_room_for_its_name(drop: Drop, tmp_path: Path) -> None:
    names = ["ü" * 125 + ".pdf", "ü" * 125 + ".PDF", "/".join(["folder" * 20] * 7) + "/x.pdf"]
    for name in names:
        drop.put(name, name.encode())
    assert looked(drop).keys() == set(names)
    written = {drop.place.write(name, ERROR, file(tmp_path, name.encode())) for name in names}
    assert len(written) == 3
    for result in written:
        assert result.endswith(".error.json")


def test_small_files(drop: Drop) -> None:
    drop.put("a/options.json", b"0123456789")
    assert drop.place.small_file("a/options.json", 100) == b"0123456789"
    assert drop.place.small_file("a/options.json", 3) == b"0123"
    assert drop.place.small_file("options.json", 3) is None


def test_a_mark_that_was_copied_with_its_blob_is_none(blob_drop: BlobDrop) -> None:
    blob_drop.put("x.pdf", b"first")
    blob_drop.place.mark(looked(blob_drop)["x.pdf"], mark())
    source = blob_drop.sources.get_blob_client("in/x.pdf")
    blob_drop.sources.get_blob_client("in/copy.pdf").start_copy_from_url(source.url)
    metadata = source.get_blob_properties().metadata
    assert metadata["readfleetpages"] == "3"
    source.upload_blob(b"other", metadata=metadata, overwrite=True)
    found = looked(blob_drop)
    assert [found[name].standing for name in ("x.pdf", "copy.pdf")] == [None, None]


def test_metadata_of_others_stays(blob_drop: BlobDrop) -> None:
    blob_drop.sources.upload_blob("in/x.pdf", b"first", metadata={"owner": "me"})
    blob_drop.place.mark(looked(blob_drop)["x.pdf"], mark(Standing.FAILED))
    metadata = blob_drop.sources.get_blob_client("in/x.pdf").get_blob_properties().metadata
    assert (metadata["owner"], metadata["readfleetstatus"]) == ("me", "failed")


def test_other_prefixes_and_results_are_left_alone(blob_drop: BlobDrop) -> None:
    blob_drop.sources.upload_blob("elsewhere/x.pdf", b"x")
    blob_drop.sources.upload_blob("in/result.pdf", b"x", metadata={"readfleetresult": "1"})
    blob_drop.sources.upload_blob("in/_done/x.pdf", b"x")
    assert looked(blob_drop) == {}
    assert list(itertools.islice(blob_drop.place.look(), 1)) == []


def test_a_document_whose_name_is_as_a_folder_of_results(blob_drop: BlobDrop) -> None:
    # Given results beside the documents, in a prefix that is no folder
    settings = blob_drop.settings.model_copy(
        update={"results_container": blob_drop.settings.drop_container, "drop_prefix": "", "results_prefix": "out"}
    )
    with contextlib.closing(BlobPlace(settings)) as place:
        blob_drop.sources.upload_blob("outlook.pdf", b"x")
        assert [found.name for found in place.look()] == ["outlook.pdf"]


def test_a_blob_under_a_lease_stays(blob_drop: BlobDrop) -> None:
    blob_drop.put("x.pdf", b"first")
    found = looked(blob_drop)["x.pdf"]
    BlobLeaseClient(blob_drop.sources.get_blob_client("in/x.pdf")).acquire()
    assert not blob_drop.place.mark(found, mark())
    for remove in (blob_drop.place.delete, blob_drop.place.move):
        with pytest.raises(PlaceRefuses, match="LeaseIdMissing"):
            remove(found)
    with blob_drop.place.open(found) as chunks:
        assert b"".join(chunks) == b"first"


def test_empty_options_are_there(blob_drop: BlobDrop) -> None:
    blob_drop.put("options.json", b"")
    assert blob_drop.place.small_file("options.json", 10) == b""
