"""`readfleet dead-letters` over a real Valkey and a folder of documents."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from document_drop.claims import Claim, Claims, Ending
from document_drop.place import Found, Standing
from document_drop.tally import Tally
from read_operations.queue import CeleryQueue, celery_app
from read_operations.records import Failure, Format, Page, Request, Status, Unit
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT
from read_operations.webhooks.outbox import Message, Outbox
from readfleet.cli import app
from readfleet.dead_letters import show
from tests.azurite import Azurite
from tests.fleet import environment

WHY = Failure(code="FailedToProcess", message="Its reader was stopped 3 times.")


class Bench:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = connect(settings)
        self.store = RedisOperationStore(self.client, settings)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["dead-letters", *words], env={**environment(self.settings)})

    def operation(self, *, document: bool = True) -> str:
        """One of three pages, of which the first two were given up."""
        id = str(uuid.uuid4())
        self.settings.documents_dir.mkdir(exist_ok=True)
        if document:
            (self.settings.documents_dir / id).write_bytes(b"%PDF-")
        self.store.create(Request(id=id, format=Format.PDF))
        self.store.plan(id, [1, 2, 3])
        self.store.begin(id, 1, "job")
        for number, failure in ((1, WHY), (2, WHY), (3, None)):
            page = Page(number=number, width=1, height=1, unit=Unit.INCH, failure=failure)
            self.store.commit(id, page, given_up=failure is not None)
        return id

    def waiting(self) -> set[tuple[str, int]]:
        return set(CeleryQueue(celery_app(self.settings), self.client, self.settings).view().waiting)


@pytest.fixture
def bench(settings: Settings) -> Iterator[Bench]:
    bench = Bench(settings)
    with contextlib.closing(bench.client):
        yield bench


def test_there_may_be_none(bench: Bench) -> None:
    result = bench.run("list")
    assert (result.exit_code, result.output) == (0, "There are no dead letters.\n")


def test_what_was_given_up_is_listed_with_its_reason(bench: Bench) -> None:
    id = bench.operation()
    bench.store.finish(id, Status.SUCCEEDED)
    whole = str(uuid.uuid4())
    bench.store.create(Request(id=whole, format=Format.PDF))
    bench.store.finish(whole, Status.FAILED, WHY, given_up=True)
    lines = bench.run("list").output.splitlines()
    assert sorted(row.partition("Z  ")[2] for row in lines[::2]) == sorted(
        [f"{whole}  all pages, tries: 0", f"{id}  page 1, tries: 1", f"{id}  page 2, tries: 0"]
    )
    assert set(lines[1::2]) == {f"    {WHY.code}: {WHY.message}"}


def test_reasons_are_whole_in_a_pipe_and_have_whole_words_on_a_terminal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally(bench.client, "place", bench.settings)
    tally.register("dropped/in/")
    reason = " ".join(["unfathomable"] * 20)
    tally.bury_event("garbage", reason)
    show(bench.settings)
    row, whole = capsys.readouterr().out.splitlines()
    assert row.endswith("Z  event of dropped/in/ 'garbage'")
    assert whole == f"    {reason}"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    show(bench.settings)
    _, *lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(line.removeprefix("    ") for line in lines) == reason


def test_a_retry_reads_again_what_was_given_up_and_nothing_else(bench: Bench) -> None:
    # Given a finished operation of which a page was read
    id = bench.operation()
    bench.store.finish(id, Status.SUCCEEDED)
    # When the rest is retried
    result = bench.run("retry", id)
    # Then it is open again, without those pages, and they are in the queue
    assert (result.exit_code, result.output) == (0, f"{id} is open again: 2 pages will be read.\n")
    operation = bench.store.get(id)
    assert (operation.status, operation.done, operation.failed) == (Status.RUNNING, 1, 0)
    assert [page.number for page in bench.store.pages(id)] == [3]
    assert bench.waiting() == {(id, 1), (id, 2)}
    assert bench.run("list").output == "There are no dead letters.\n"
    # And its attempts start anew
    assert bench.store.begin(id, 1, "job").attempt == 1


def test_a_retry_fetches_no_document_from_azure(
    settings: Settings, azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given operations on documents in Azure, of which one is gone
    secret, name = SecretStr(azurite.connection_string), f"test-{uuid.uuid4()}"
    in_azure = {"azure_storage_connection_string": secret, "documents_container": name}
    bench = Bench(settings.model_copy(update=in_azure))
    with contextlib.closing(bench.client):
        there, gone = (bench.operation(document=False) for _ in range(2))
        for id in (there, gone):
            bench.store.finish(id, Status.SUCCEEDED)
        with ContainerClient.from_connection_string(
            azurite.connection_string, name, api_version="2021-12-02"
        ) as container:
            container.create_container()
            container.upload_blob(there, b"%PDF-")
        # When they are retried
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        results = [bench.run("retry", id) for id in (there, gone)]
        # Then one is open again, the other is refused, and nothing was fetched
        assert [result.exit_code for result in results] == [0, 1]
        assert "is no longer there" in " ".join(results[1].output.split())
        assert bench.waiting() == {(there, 1), (there, 2)}
        assert not list(temporary.iterdir())


def test_a_document_that_was_never_opened_is_opened_again(bench: Bench) -> None:
    id = str(uuid.uuid4())
    bench.settings.documents_dir.mkdir()
    (bench.settings.documents_dir / id).write_bytes(b"%PDF-")
    bench.store.create(Request(id=id, format=Format.PDF))
    bench.store.finish(id, Status.FAILED, WHY, given_up=True)
    assert bench.run("retry", id).output == f"{id} is open again: its document will be read.\n"
    assert bench.store.get(id).failure is None
    assert bench.waiting() == {(id, SPLIT)}
    assert bench.client.llen(f"{bench.settings.key_prefix}:{Lane.INTERACTIVE.value}") == 1


def test_what_cannot_be_retried_is_refused_with_the_reason(bench: Bench) -> None:
    gone, running = bench.operation(document=False), bench.operation()
    bench.store.finish(gone, Status.SUCCEEDED)
    read = str(uuid.uuid4())
    bench.store.create(Request(id=read, format=Format.PDF))
    refusals = {
        gone: "is no longer there. Submit it again",
        running: "is still being read",
        read: "was given up",
        str(uuid.uuid4()): "There is no operation",
    }
    for id, reason in refusals.items():
        result = bench.run("retry", id)
        assert result.exit_code == 1
        assert reason in " ".join(result.output.split())
    assert bench.store.get(gone).status is Status.SUCCEEDED
    assert bench.waiting() == set()


@pytest.mark.parametrize("dead", [False, True])
def test_a_dropped_document_is_to_be_dropped_again(bench: Bench, dead: bool) -> None:
    # Given a dropped document whose operation went when its error file was written
    claims, tally = Claims(bench.client, "place", bench.settings), Tally(bench.client, "place", bench.settings)
    tally.register("dropped/in/")
    claim = claims.claim(Found(name="a/\x1b[31mpoison.pdf", version="1", size=1))
    assert isinstance(claim, Claim)
    claims.close(claim, Ending(standing=Standing.FAILED, reason="it kills", dead=dead))
    # When it is retried by the id in that file
    result = bench.run("retry", claim.operation)
    # Then what is to be done is said, of that document
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "dropped document dropped/in/ a/\N{REPLACEMENT CHARACTER}[31mpoison.pdf. Drop that again" in said


def test_the_list_can_be_emptied(bench: Bench) -> None:
    id = bench.operation()
    bench.store.finish(id, Status.SUCCEEDED)
    assert bench.run("clear").output == "Dead letters of 1 operations were removed.\n"
    assert bench.run("list").output == "There are no dead letters.\n"
    assert bench.store.get(id).status is Status.SUCCEEDED


def test_what_drops_gave_up_is_on_the_same_list(bench: Bench) -> None:
    claims = Claims(bench.client, "place", bench.settings)
    tally = Tally(bench.client, "place", bench.settings)
    tally.register("dropped/in/")
    claim = claims.claim(Found(name="a/\x1b[31mpoison.pdf", version="1", size=1))
    assert isinstance(claim, Claim)
    claims.close(claim, Ending(standing=Standing.FAILED, reason="it kills", dead=True))
    tally.bury_event("garbage", "it is no JSON")
    outbox = Outbox(bench.client, bench.settings)
    outbox.give_up(Message(id="1", url="https://hooks.example/x?secret=1", body="{}"), "it answered with status 410")
    listed = bench.run("list").output
    assert "document of dropped/in/ a/\N{REPLACEMENT CHARACTER}[31mpoison.pdf" in listed
    assert "event of dropped/in/ 'garbage'" in listed
    assert "webhook https://hooks.example/x\n" in listed
    assert all(reason in listed for reason in ("it kills", "it is no JSON", "it answered with status 410"))
    assert bench.run("clear").output == "Dead letters of 0 operations were removed, and 3 of drops.\n"
    assert bench.run("list").output == "There are no dead letters.\n"
