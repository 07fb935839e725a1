"""Releases of Azure's clients from 2019 to today, each unmodified, against versions 2.0 to 3.2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LINES, encoded, scanned_pdf, text_page
from tests.fleet import Fleet
from tests.web import WebServer

PROGRAMS = Path(__file__).with_name("clients")
#: Where `make test` has put each release; the Python ones find their dependencies in the environment.
FOLDER = Path(sys.prefix) / "azure-clients"
NO_PARAMETERS = {"unknown id", "bad image", "bad url"}
LANGUAGE = {*NO_PARAMETERS, "bad language"}
ALL_PARAMETERS = {*LANGUAGE, "bad pages", "bad reading_order"}
#: Release -> what of it can be refused. They call the versions 2.0, 2.1, 3.0, 3.1, 3.2, and 2.0, 3.2.
RELEASES = {
    "pypi-0.3.0": NO_PARAMETERS,
    "pypi-0.5.0": NO_PARAMETERS,
    "pypi-0.6.0": LANGUAGE,
    "pypi-0.7.0": LANGUAGE,
    "pypi-0.9.1": ALL_PARAMETERS,
    "npm-5.0.0": NO_PARAMETERS,
    "npm-8.2.0": ALL_PARAMETERS,
}
#: Those that still have its predecessor, recognizeText.
RECOGNIZE_TEXT = {"pypi-0.3.0", "pypi-0.5.0", "npm-5.0.0"}
#: How each refusal reaches the caller: the status, and the beginning of our sentence.
REFUSALS = {
    "unknown id": (404, "Operation ID is invalid"),
    "bad image": (400, "Input data is not a valid image."),
    "bad url": (400, "The URL's server answers with status 404."),
    "bad pages": (400, "The pages parameter names page 0; the first page is 1."),
    "bad language": (400, "The requested operation is not supported in the language specified."),
    "bad reading_order": (400, "The readingOrder parameter is not valid."),
}


def run(release: str, calls: str, endpoint: str, file: Path, url: str) -> dict[str, Any]:
    """What the release got for the file and for the URL, from Read or from the older calls."""
    assert (FOLDER / release).is_dir(), f"run `make test` once: it fetches {release}"
    kind, _, _ = release.partition("-")
    command = {
        "pypi": [sys.executable, str(PROGRAMS / "azure_client.py")],
        "npm": ["node", str(PROGRAMS / "azure_client.cjs"), str(FOLDER / release)],
    }[kind]
    ended = subprocess.run(
        [*command, calls, endpoint, str(file), url],
        env={**os.environ, "PYTHONPATH": str(FOLDER / release)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    return report


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["jpeg", "pdf"])
def test_a_release_reads(fleet: Fleet, web: WebServer, tmp_path: Path, release: str, kind: str) -> None:
    page = text_page().image
    file = tmp_path / "document"
    file.write_bytes(encoded(page, "JPEG") if kind == "jpeg" else scanned_pdf([page, page], dpi=100))
    report = run(release, "read", fleet.endpoint, file, web.serve("/document", file.read_bytes()))
    size = list(page.size) if kind == "jpeg" else [page.width / 100, page.height / 100]
    for way in ("stream", "url"):
        assert report[way]["status"].lower() == "succeeded"
        assert [each["page"] for each in report[way]["pages"]] == ([1] if kind == "jpeg" else [1, 2])
        for each in report[way]["pages"]:
            assert each["lines"] == list(LINES)
            assert each["boxes"]
            assert (each["unit"], each["size"]) == ("pixel" if kind == "jpeg" else "inch", size)
    assert_refused(report["refused"], RELEASES[release])


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_makes_the_older_calls(fleet: Fleet, web: WebServer, tmp_path: Path, release: str) -> None:
    file = tmp_path / "picture"
    file.write_bytes(encoded(text_page().image, "JPEG"))
    report = run(release, "older", fleet.endpoint, file, web.serve("/picture", file.read_bytes()))
    assert report["printed"] == [list(LINES)] * 2
    assert report["orientation"] == "Up"
    refused = {"bad image", "bad url"}
    if release in RECOGNIZE_TEXT:
        assert report["recognized"] == [list(LINES)] * 2
        refused.add("unknown id")
    assert_refused(report["refused"], refused)


def assert_refused(refused: dict[str, Any], wanted: set[str]) -> None:
    assert set(refused) == wanted
    for situation, answer in refused.items():
        status, sentence = REFUSALS[situation]
        assert answer is not None, f"{situation} was taken"
        assert answer["status"] == status
        assert sentence in answer["message"]
