"""Releases of Azure's client from 2019 to today, each unmodified, against versions 2.0 to 3.2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import LINES, encoded, scanned_pdf, text_page
from tests.fleet import Fleet

PROGRAM = Path(__file__).with_name("azure_client.py")
#: Release of the client -> the version of the API that it calls.
RELEASES = {"0.3.0": "v2.0", "0.5.0": "v2.1", "0.6.0": "v3.0", "0.7.0": "v3.1", "0.9.1": "v3.2"}


@pytest.fixture(scope="session")
def releases() -> Path:
    """A folder for each release, which `make setup` has fetched; their dependencies are the environment's."""
    folder = Path(sys.prefix) / "azure-clients"
    missing = [release for release in RELEASES if not (folder / release).is_dir()]
    assert not missing, f"run `make setup` to fetch the clients {', '.join(missing)}"
    return folder


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["jpeg", "pdf"])
def test_a_release_reads(fleet: Fleet, releases: Path, tmp_path: Path, release: str, kind: str) -> None:
    page = text_page().image
    file = tmp_path / "document"
    file.write_bytes(encoded(page, "JPEG") if kind == "jpeg" else scanned_pdf([page, page], dpi=100))
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), fleet.endpoint, str(file)],
        env={**os.environ, "PYTHONPATH": str(releases / release)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["status"].lower() == "succeeded"
    assert [page["page"] for page in report["pages"]] == ([1] if kind == "jpeg" else [1, 2])
    size = list(page.size) if kind == "jpeg" else [page.width / 100, page.height / 100]
    for each in report["pages"]:
        assert each["lines"] == list(LINES)
        assert each["boxes"]
        assert (each["unit"], each["size"]) == ("pixel" if kind == "jpeg" else "inch", size)
    name, sentence = report["unknown"]
    assert name.endswith("Exception")
    assert "Operation ID is invalid" in sentence
