from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts import render_configuration

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_table_of_settings_is_up_to_date() -> None:
    assert render_configuration.TARGET.read_text() == render_configuration.render(), (
        "run: python -m scripts.render_configuration"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["gateway", "worker", "local", "paddle", "test", "lint"])
def test_every_direct_dependency_is_explained(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    everything = {**project["project"]["optional-dependencies"], **project["dependency-groups"]}
    wanted = [*project["project"]["dependencies"], *everything[name]]
    explained = (ROOT / "docs" / "dependencies.md").read_text()
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in wanted if isinstance(requirement, str)]
    assert [each for each in names if each != "readfleet" and each not in explained] == []
