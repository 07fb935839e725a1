from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)


def test_drawn_pages_read_by_the_engine(tmp_path: Path) -> None:
    done = bench(
        "--systems", "fast", "--pages", "1", "--sets", "letters,receipts,text-layer", "--output", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    raw = json.loads((tmp_path / "rows.json").read_text())
    by_set = {each["set"]: each for each in raw["summaries"]}
    assert set(by_set) == {"letters", "receipts", "text-layer"}
    assert all(each["score"]["f1"] > 0.9 for each in by_set.values())
    assert by_set["text-layer"]["score"]["cer"] == 0
    assert by_set["letters"]["gflop"] > 1
    assert raw["gflop_per_second"]["numpy"] > 1
    assert [row["answer"]["error"] for row in raw["rows"]] == [None] * 3
    assert (tmp_path / "report.md").read_text() in done.stdout
    assert (tmp_path / "picture.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--systems", "abacus"], "There is no system 'abacus'."),
        (["--data", "/nowhere"], "/nowhere is no folder."),
        (["--systems", "fast", "--sets", "stamps", "--pages", "1"], "There is no set 'stamps'."),
    ],
)
def test_what_is_not_there(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = bench(*arguments, "--output", str(tmp_path))
    assert (done.returncode, done.stderr.partition(" There are")[0].strip()) == (2, sentence)
