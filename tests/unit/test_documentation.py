from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from read_operations.container_table import HONOURED, NOT_NEEDED, Honoured, NotNeeded
from scripts import render_configuration

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "migration.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_table_of_settings_is_up_to_date() -> None:
    assert render_configuration.TARGET.read_text() == render_configuration.render(), (
        "run: python -m scripts.render_configuration"
    )


def test_variables_of_commands_stand_in_a_page() -> None:
    variables = set(re.findall(r'envvar="(\w+)"', (ROOT / "readfleet" / "cli.py").read_text()))
    assert variables
    pages = "".join(page.read_text() for page in PAGES)
    assert [each for each in variables if f"`{each}`" not in pages] == []


@pytest.mark.parametrize("row", [*HONOURED, *NOT_NEEDED], ids=lambda row: row.name)
def test_the_guide_says_what_becomes_of_each_setting_of_the_container(row: Honoured | NotNeeded) -> None:
    becomes = row.becomes if isinstance(row, Honoured) else f"not needed: {row.because}"
    assert f"| `{row.name}` | {becomes} |\n" in GUIDE.read_text()


def test_the_guide_knows_no_other_settings_of_the_container() -> None:
    table = GUIDE.read_text().partition("| setting of the container |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(row.name for row in (*HONOURED, *NOT_NEEDED))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["gateway", "worker", "azure", "local", "paddle", "test", "lint", "bench"])
def test_every_direct_dependency_is_explained(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    everything = {**project["project"]["optional-dependencies"], **project["dependency-groups"]}
    wanted = [*project["project"]["dependencies"], *everything[name]]
    explained = (ROOT / "docs" / "dependencies.md").read_text()
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in wanted if isinstance(requirement, str)]
    assert [each for each in names if each != "readfleet" and each not in explained] == []
