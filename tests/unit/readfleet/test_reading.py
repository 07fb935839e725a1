from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from readfleet import client, reading
from readfleet.cli import app
from tests.builders import encoded, text_page
from tests.unit.readfleet.stub_service import StubService, running


@pytest.fixture
def service() -> Iterator[StubService]:
    with running() as service:
        yield service


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    (tmp_path / "one.png").write_text("first line\nsecond line")
    (tmp_path / "two.pdf").write_text("page one\fpage two")
    (tmp_path / "bad.doc").write_text("!")
    return SimpleNamespace(
        one=str(tmp_path / "one.png"), two=str(tmp_path / "two.pdf"), bad=str(tmp_path / "bad.doc"), folder=tmp_path
    )


def read(service: StubService, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["read", "--endpoint", service.endpoint, *arguments])


def test_one_file_gives_its_lines(service: StubService, files: SimpleNamespace) -> None:
    result = read(service, files.two)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "page one\n\npage two\n", "")


def test_several_files_have_headers_and_keep_their_order(service: StubService, files: SimpleNamespace) -> None:
    result = read(service, files.two, files.one, "--pages", "1")

    assert result.exit_code == 0
    assert result.stdout == (
        f"==> {files.two} <==\npage one\n\npage two\n\n==> {files.one} <==\nfirst line\nsecond line\n\n"
    )
    assert "/vision/v3.2/read/analyze?pages=1" in service.paths


def test_json_of_one_file_is_the_answer(service: StubService, files: SimpleNamespace) -> None:
    result = read(service, files.one, "--format", "json")

    assert json.loads(result.stdout)["analyzeResult"]["readResults"][0]["lines"][0] == {"text": "first line"}


def test_json_of_several_files_is_a_line_each(service: StubService, files: SimpleNamespace) -> None:
    result = read(service, files.one, files.two, "--format", "json")

    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [files.one, files.two]


def test_a_failure_is_told_and_the_others_are_read(service: StubService, files: SimpleNamespace) -> None:
    missing = str(files.folder / "missing.pdf")

    result = read(service, files.bad, missing, files.one)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{files.bad}: InvalidImageFormat: Input data is not a valid image.",
        f"{missing}: cannot be read: No such file or directory",
    ]
    assert "first line" in result.stdout


@pytest.mark.parametrize("begins", [pytest.param("?", id="sent"), pytest.param("~", id="read")])
def test_a_connection_that_goes_on_breaking_is_told_and_the_others_are_read(
    service: StubService, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, begins: str
) -> None:
    monkeypatch.setattr(client, "_OUTAGE_S", -1)
    monkeypatch.setattr(reading, "_AT_ONCE", 1)
    broken = files.folder / "broken.png"
    broken.write_text(begins)

    result = read(service, files.one, str(broken), files.two)

    assert result.exit_code == 1
    assert result.stderr == (
        f"{broken}: The connection to {service.endpoint} broke (RemoteProtocolError). Try again.\n"
    )
    assert "first line" in result.stdout and "page two" in result.stdout


def test_results_are_written_to_a_folder(service: StubService, files: SimpleNamespace) -> None:
    target = files.folder / "results"

    text = read(service, files.one, files.two, "--output", str(target))
    as_json = read(service, files.one, "--format", "json", "--output", str(target))

    assert (text.exit_code, text.stdout, as_json.stdout) == (0, "", "")
    assert sorted(path.name for path in target.iterdir()) == ["one.png.json", "one.png.txt", "two.pdf.txt"]
    assert (target / "two.pdf.txt").read_text() == "page one\n\npage two\n"
    assert json.loads((target / "one.png.json").read_text())["status"] == "succeeded"


def test_characters_that_cannot_be_printed_are_replaced(service: StubService, files: SimpleNamespace) -> None:
    greek = files.folder / "greek.png"
    greek.write_text("é → α", encoding="utf-8")
    arguments = ["read", "--endpoint", service.endpoint, str(greek)]
    latin = CliRunner(charset="latin-1")

    printed = latin.invoke(app, [*arguments, files.one])
    as_json = latin.invoke(app, [*arguments, "--format", "json"])
    written = latin.invoke(app, [*arguments, "--output", str(files.folder)])

    assert (printed.exit_code, as_json.exit_code, written.exit_code) == (0, 0, 0)
    assert printed.stdout == f"==> {greek} <==\né ? ?\n\n==> {files.one} <==\nfirst line\nsecond line\n\n"
    assert json.loads(as_json.stdout)["analyzeResult"]["readResults"][0]["lines"] == [{"text": "é → α"}]
    assert (files.folder / "greek.png.txt").read_text(encoding="utf-8") == "é → α\n"


def test_two_files_of_one_name_are_not_written_over_each_other(service: StubService, files: SimpleNamespace) -> None:
    result = read(service, files.one, files.one, "--output", str(files.folder / "results"))

    assert result.exit_code == 1
    assert "Several of the files are called one.png" in result.stderr
    assert service.uploads == []


def test_standard_input_is_read(service: StubService) -> None:
    result = CliRunner().invoke(app, ["read", "-", "--endpoint", service.endpoint], input=b"from a pipe")

    assert (result.exit_code, result.stdout) == (0, "from a pipe\n")


def test_a_pipe_is_read(service: StubService, files: SimpleNamespace) -> None:
    pipe = files.folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"from a pipe"], daemon=True)
    writer.start()

    result = read(service, str(pipe), files.one, str(pipe))
    writer.join()

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count(f"==> {pipe} <==\nfrom a pipe\n") == 2
    assert sorted(service.uploads) == [b"first line\nsecond line", b"from a pipe", b"from a pipe"]


def test_a_pipe_that_cannot_be_opened_is_a_sentence(
    service: StubService, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = files.folder / "socket"
    with socket.socket(socket.AF_UNIX) as nobody:
        monkeypatch.chdir(files.folder)  # the path of a socket is short
        nobody.bind("socket")
        result = read(service, str(pipe))

    assert (result.exit_code, result.stderr) == (1, f"{pipe} cannot be copied: No such device or address.\n")


def test_the_endpoint_comes_from_the_environment(service: StubService, files: SimpleNamespace) -> None:
    result = CliRunner().invoke(app, ["read", files.one], env={"READFLEET_ENDPOINT": service.endpoint})

    assert result.exit_code == 0


def test_without_a_service_one_sentence_says_how_to_start_it(files: SimpleNamespace) -> None:
    result = CliRunner().invoke(app, ["read", files.one, files.two, "--endpoint", "http://127.0.0.1:1"])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("Nothing answers at http://127.0.0.1:1. Start the service with `readfleet up`") == 1


@pytest.mark.parametrize(("form", "name"), [("hocr", "two.pdf.hocr"), ("alto", "two.pdf.alto.xml")])
def test_other_forms_are_printed_or_written(service: StubService, files: SimpleNamespace, form: str, name: str) -> None:
    target = files.folder / "results"

    printed = read(service, files.two, "--format", form)
    written = read(service, files.one, files.two, "--format", form, "--output", str(target))

    assert (printed.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert (target / name).read_text() == printed.stdout
    assert "<?xml" in printed.stdout and 'id="page_2"' in printed.stdout.lower()


def test_several_files_in_a_form_that_is_one_file_each_need_a_folder(
    service: StubService, files: SimpleNamespace
) -> None:
    result = read(service, files.one, files.two, "--format", "alto")

    assert result.exit_code == 1
    assert "add --output DIR" in result.stderr
    assert service.uploads == []


def test_a_document_that_no_pdf_can_be_made_of_is_told_and_the_others_are_made(
    service: StubService, files: SimpleNamespace
) -> None:
    good = files.folder / "scan.png"
    good.write_bytes(encoded(text_page().image, "PNG"))

    result = read(service, files.one, str(good), "--format", "pdf", "--output", str(files.folder))

    assert result.exit_code == 1
    assert f"{files.one}: " in result.stderr
    assert (files.folder / "scan.png.searchable.pdf").read_bytes().startswith(b"%PDF-")
    assert not list(files.folder.glob("one.png.*")) and not list(files.folder.glob(".*"))
