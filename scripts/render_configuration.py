"""Writes docs/configuration.md from the settings themselves. A test fails when the file is stale."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic.fields import FieldInfo

from read_operations.settings import Settings

TARGET = Path(__file__).parents[1] / "docs" / "configuration.md"

HEAD = """\
# Configuration

<!-- Written by scripts/render_configuration.py -->

Every setting is an environment variable, the same for every process of a fleet. Flags of the command line win over it.
A value that makes no sense is refused at the start, with the name of its variable.

| variable | default | meaning |
| --- | --- | --- |
"""


def render() -> str:
    """The page."""
    rows = [
        f"| `READFLEET_{name.upper()}` | {_default(field)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "".join(rows)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return ""
    text = str(getattr(field.default, "value", field.default))
    for folder, name in (
        (platformdirs.user_data_dir(), "~/.local/share"),
        (platformdirs.user_cache_dir(), "~/.cache"),
    ):
        text = text.replace(folder, name)
    return f"`{text}`"


if __name__ == "__main__":
    TARGET.write_text(render())
