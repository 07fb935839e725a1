from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from readfleet import bench
from readfleet.cli import app


def test_without_the_sources_it_says_where_they_are_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run([], tmp_path) == 1
    assert "get the sources of this version, and run `make bench` there" in capsys.readouterr().err


def test_without_its_libraries_it_says_what_installs_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "_LIBRARIES", ("abacus", "rapidfuzz", "astrolabe"))
    assert bench.run([]) == 1
    assert "needs abacus and astrolabe, which `make setup` installs" in capsys.readouterr().err


def test_options_are_handed_on(capfd: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(app, ["bench", "--systems", "abacus"])
    assert result.exit_code == 2
    assert "There is no system 'abacus'." in capfd.readouterr().err
