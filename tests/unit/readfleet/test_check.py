from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ocr_worker import models
from read_operations.settings import Settings
from readfleet import samples
from readfleet.cli import app

NOTICE = samples.paths()[1]


@pytest.fixture(autouse=True)
def fast_models(monkeypatch: pytest.MonkeyPatch) -> None:
    models.fetch(Settings().models_dir, ["fast"])
    monkeypatch.setenv("READFLEET_MODE", "fast")


def test_what_was_read_is_printed_with_what_it_took() -> None:
    result = CliRunner().invoke(app, ["check"])

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(samples.text(NOTICE))
    assert "PP-OCRv6_tiny_det in " in result.stdout
    assert "53 of 53 words are right" in result.stdout


def test_wrong_words_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given that another text is on the page than is read
    monkeypatch.setattr(samples, "text", lambda sample: "ANNUAL LANTERN SWIM " * 20)

    result = CliRunner().invoke(app, ["check"])

    assert result.exit_code == 78
    assert "2 of 60 words are right" in result.stdout
    assert result.stderr.startswith("That is too few:")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [("READFLEET_CPU_FLAGS", "avx", "This CPU has no AVX2"), ("READFLEET_MODELS_DIR", "/none", "The model PP-OCRv6")],
)
def test_what_a_worker_would_refuse_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    result = CliRunner().invoke(app, ["check"])

    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.startswith(sentence)


def test_nothing_heavy_is_imported_before_the_cpu_is_known() -> None:
    code = (
        "import sys; from readfleet import check; "
        "print([n for n in ('numpy', 'cv2', 'PIL', 'openvino', 'paddlex') if n in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
