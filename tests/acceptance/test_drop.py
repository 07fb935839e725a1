"""Documents that are dropped, and the results beside them."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient
from pydantic import SecretStr

from document_drop.claims import Claims
from document_drop.places import drop_place
from document_drop.tally import Tally
from read_operations.records import Output
from read_operations.settings import Mode, Settings
from tests.azurite import Azurite
from tests.builders import PdfPage, PdfText, encoded, pdf, text_page, truncated
from tests.fleet import Fleet, environment, wait_for
from tests.stack import RunningStack

VERSION: dict[str, Any] = {"api_version": "2021-02-12"}
DOCUMENTS = 200


def letter(number: int) -> bytes:
    return pdf([PdfPage(texts=(PdfText(text=f"Letter number {number}", x=72, y=700),))])


def mixed(number: int) -> tuple[str, bytes, str | None]:
    """Name, content and first line of a document; no line for one that cannot be read."""
    match number % 20:
        case 3:
            return (
                f"scans/Straße {number}.png",
                encoded(text_page(["Straight"], size=(320, 120)).image, "PNG"),
                "Straight",
            )
        case 7:
            return f"broken/{number}.pdf", truncated(letter(number), 0.5)[:40] + b"rubbish", None
        case 13:
            return f"broken/no document {number}.docx", b"PK\3\4" + bytes(100), None
    folder = ["", "a b/", "a b/ü/深い/", "+%41&/"][number % 4]
    return f"{folder}letter {number}.pdf", letter(number), f"Letter number {number}"


class Watchers:
    """Watchers as processes of their own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._environment = {**os.environ, **environment(settings)}
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        with (self._folder / f"drop-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "readfleet", "drop"],
                env={**self._environment, **(environment or {})},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self._folder.glob("drop-*.log")))

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)


@pytest.fixture
def blob_drop(valkey_url: str, azurite: Azurite, azurite_queues: Azurite, tmp_path: Path) -> Settings:
    return Settings(
        redis_url=valkey_url,
        key_prefix="acceptance-drop",
        documents_dir=tmp_path / "documents",
        azure_storage_connection_string=SecretStr(azurite.connection_string),
        azure_queue_connection_string=SecretStr(azurite_queues.connection_string),
        documents_container="drop-documents",
        drop_container="dropped",
        drop_prefix="in/",
        results_container="drop-results",
        results_prefix="out/",
        drop_queue="drop-events",
        drop_notices_queue="drop-notices",
        drop_interval_s=1,
        drop_window=60,
        concurrency=2,
        mode=Mode.FAST,
        log_format="json",
    )


@pytest.fixture
def watchers(blob_drop: Settings, tmp_path: Path) -> Iterator[Watchers]:
    watchers = Watchers(blob_drop, tmp_path)
    yield watchers
    watchers.stop()


def container(settings: Settings, name: str | None) -> ContainerClient:
    assert settings.azure_storage_connection_string and name
    return ContainerClient.from_connection_string(
        settings.azure_storage_connection_string.get_secret_value(), name, **VERSION
    )


def queue(settings: Settings, name: str | None) -> QueueClient:
    assert settings.azure_queue_connection_string and name
    return QueueClient.from_connection_string(
        settings.azure_queue_connection_string.get_secret_value(), name, **VERSION
    )


def tell_of_some(settings: Settings, names: Iterable[str]) -> None:
    """Sends events as a bad network would: of every third document, each twice, and garbage between them."""
    with queue(settings, settings.drop_queue) as events:
        events.create_queue()
        for number, name in enumerate(names):
            subject = f"/blobServices/default/containers/{settings.drop_container}/blobs/in/{name}"
            event = {"specversion": "1.0", "type": "Microsoft.Storage.BlobCreated", "subject": subject}
            for _ in range(2 if number % 3 == 0 else 0):
                events.send_message(json.dumps(event))
            if number % 100 == 50:
                events.send_message(f"garbage {number}")


def notices(settings: Settings) -> list[dict[str, Any]]:
    with queue(settings, settings.drop_notices_queue) as told:
        return [
            json.loads(base64.b64decode(message.content)) for message in told.receive_messages(messages_per_page=32)
        ]


def test_every_document_gets_one_result_though_a_watcher_is_killed(
    blob_drop: Settings, watchers: Watchers, tmp_path: Path
) -> None:
    documents = {name: (data, line) for name, data, line in map(mixed, range(DOCUMENTS))}
    assert len(documents) == DOCUMENTS
    with Fleet(blob_drop, tmp_path) as fleet, container(blob_drop, "dropped") as sources:
        # Given as many documents in a container, and two watchers of it
        sources.create_container()
        for name, (data, _) in documents.items():
            sources.upload_blob(f"in/{name}", data)
        tell_of_some(blob_drop, documents)
        victim, _ = watchers.start(), watchers.start()
        claims = Claims(fleet.redis, drop_place(blob_drop).id, blob_drop)
        tally = Tally(fleet.redis, drop_place(blob_drop).id, blob_drop)

        def over() -> int:
            counts = tally.counts()
            return counts.get("succeeded", 0) + counts.get("failed", 0)

        # When one of them is killed half-way
        wait_for(lambda: over() >= DOCUMENTS // 3, 120)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        assert over() < DOCUMENTS
        wait_for(lambda: over() >= DOCUMENTS, 200)

        # Then each has its result under its name, or an error file
        with container(blob_drop, "drop-results") as results:
            wait_for(lambda: manifest(results, "")["status"] == "succeeded", 30)
            files = {blob.name for blob in results.list_blobs() if not blob.name.endswith("_batch.json")}
            read = {f"out/{name}.json" for name, (_, line) in documents.items() if line}
            refused = {f"out/{name}.error.json" for name, (_, line) in documents.items() if not line}
            assert files == read | refused
            for name, (_, line) in documents.items():
                suffix = ".json" if line else ".error.json"
                content = json.loads(results.download_blob(f"out/{name}{suffix}").readall())
                if line:
                    (page,) = content["analyzeResult"]["readResults"]
                    assert page["lines"][0]["text"] == line
                else:
                    assert content["error"]["code"].startswith("InvalidImage"), content
            wait_for(lambda: manifest(results, "broken/")["status"] == "failed", 30)
            batch = manifest(results, "broken/")
            assert (batch["succeededCount"], batch["failedCount"]) == (0, len(refused))

        # And each was read once
        assert over() == DOCUMENTS
        assert fleet.store.usage() == len(read)
        operations = defaultdict(set)
        for entry in map(json.loads, watchers.logs().splitlines()):
            if entry["event"] in ("document taken", "document finished"):
                operations[entry["name"]].add(entry["operation"])
        assert operations.keys() <= documents.keys()
        assert [ids for ids in operations.values() if len(ids) != 1] == []
        assert {notice["subject"] for notice in notices(blob_drop)} == documents.keys()

        # And garbage ended among the dead letters, and nothing else did
        wait_for(lambda: len(tally.letters(10)) == 2, 30)
        assert {letter["event"] for letter in tally.letters(10)} == {"garbage 50", "garbage 150"}

        # And it says so at the documents, and nothing is left of it
        for blob in sources.list_blobs(include=["metadata"]):
            name = blob.name.removeprefix("in/")
            assert blob.metadata["readfleetstatus"] == ("succeeded" if documents[name][1] else "failed")
            assert blob.metadata["readfleetoperation"] in (operations[name] or {blob.metadata["readfleetoperation"]})
        # Who had listed it before it was marked claims one once more, for a moment.
        wait_for(lambda: not list(claims.all()), 30)
        assert list(fleet.store.unfinished()) == []
        assert blob_drop.azure_storage_connection_string
        (key,) = re.findall(r"AccountKey=([^;]+)", blob_drop.azure_storage_connection_string.get_secret_value())
        assert [path for path in tmp_path.glob("*.log") if key in path.read_text()] == []


def manifest(results: ContainerClient, prefix: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(results.download_blob(f"out/{prefix}_batch.json").readall())
    return content


def test_a_large_document_takes_no_memory_of_its_size(
    blob_fleet: Fleet, watchers: Watchers, azurite: Azurite, blob_drop: Settings
) -> None:
    """The same with 300 MB: docs/drop.md."""
    # Given watchers of a fleet that has read a small document
    fleet = blob_fleet
    settings = {
        "READFLEET_KEY_PREFIX": fleet.settings.key_prefix,
        "READFLEET_DOCUMENTS_CONTAINER": fleet.settings.documents_container,
        "READFLEET_DROP_CONTAINER": "large",
        "READFLEET_DROP_QUEUE": "large-events",
        "READFLEET_DROP_NOTICES_QUEUE": "large-notices",
    }
    with container(blob_drop, "large") as sources, container(blob_drop, "drop-results") as results:
        watcher = watchers.start(settings)
        wait_for(lambda: sources.exists() and results.exists(), 60)
        sources.upload_blob("in/small.pdf", letter(1))
        wait_for(lambda: results.get_blob_client("out/small.pdf.json").exists(), 60)
        pids = [watcher.pid, fleet.processes["gateway"].pid, fleet.processes["worker"].pid]
        before = {pid: resident_bytes(pid) for pid in pids}
        readers = {pid: own_bytes(pid) for pid in fleet.children()}
        most = dict(readers)

        def is_read() -> bool:
            most.update((pid, max(most[pid], own_bytes(pid))) for pid in readers)
            return results.get_blob_client("out/large.pdf.json").exists()

        # When one comes that is large
        page = PdfPage(texts=(PdfText(text="Letter number 2", x=72, y=700),))
        large = pdf([page], ballast=random.Random(1).randbytes(100 * 2**20))
        sources.upload_blob("in/large.pdf", large, max_concurrency=2)
        wait_for(is_read, 120)
        # Then it was moved twice, which is reported, and nobody has grown by as much
        assert f'"bytes": {len(large)}' in watchers.logs()
        assert f"bytes={len(large)}" in fleet.log("worker")
        assert [pid for pid in pids if resident_bytes(pid) - before[pid] > 64 * 2**20] == []
        assert [pid for pid in readers if most[pid] - readers[pid] > 64 * 2**20] == []
        assert "Letter number 2" in results.download_blob("out/large.pdf.json").readall().decode()


def resident_bytes(pid: int) -> int:
    """The most memory that a process has ever had."""
    return _kib(pid, "VmHWM") * 1024


def own_bytes(pid: int) -> int:
    """The memory of a process without what is in files: a reader maps a document, and the kernel may forget it."""
    return _kib(pid, "RssAnon") * 1024


def _kib(pid: int, name: str) -> int:
    return int(re.findall(rf"{name}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0])


def test_a_file_in_the_inbox_of_up_is_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with RunningStack(data, environment={"READFLEET_MODE": "fast", "READFLEET_DROP_INTERVAL_S": "1"}) as stack:
        assert f"put a file into {data / 'inbox'}" in stack.output
        # When somebody puts files into the inbox, and asks for more than JSON
        folder = data / "inbox" / "Büro 1"
        folder.mkdir()
        (folder / "options.json").write_text(json.dumps({"outputs": list(Output), "language": "de"}))
        (folder / "a letter.pdf").write_bytes(letter(1))
        (folder / "no letter.doc").write_text("no document")
        (data / "inbox" / "outside.pdf").symlink_to(stack.data.parent / "data.output")
        results = data / "results" / "Büro 1"
        # Then the results come, and only those
        wait_for(lambda: (results / "a letter.pdf.json").exists(), 60)
        wait_for(lambda: (results / "no letter.doc.error.json").exists(), 60)
        (page,) = json.loads((results / "a letter.pdf.json").read_text())["analyzeResult"]["readResults"]
        assert (page["language"], page["lines"][0]["text"]) == ("de", "Letter number 1")
        assert (results / "a letter.pdf.txt").read_text().strip() == "Letter number 1"
        assert (results / "a letter.pdf.searchable.pdf").read_bytes().startswith(b"%PDF")
        wait_for(lambda: (results / "_batch.json").exists(), 30)
        assert not list((data / "results").glob("outside*"))
        # And a new version of a document gets a new result
        (folder / "a letter.pdf").write_bytes(letter(2))
        wait_for(lambda: "Letter number 2" in (results / "a letter.pdf.json").read_text(), 60)
        shown = subprocess.run(
            [sys.executable, "-m", "readfleet", "drop", "status", "--data", str(data)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert re.search(r"succeeded +2\n +failed +1\n", shown), shown
        assert "no letter.doc" in shown
