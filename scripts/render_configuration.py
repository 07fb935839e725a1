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

The settings of Microsoft's container are taken as well, by their own names; in the environment those below win over
them. The table is in [migration.md](migration.md).

| variable | default | meaning |
| --- | --- | --- |
"""

_FOR_TESTS = {"cpu_flags"}
#: What defaults are made of that follow from another.
_FIXED = {name: field.default for name, field in Settings.model_fields.items()}


def render() -> str:
    """The page."""
    rows = [
        f"| `READFLEET_{name.upper()}` | {_default(field)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
        if name not in _FOR_TESTS
    ]
    return HEAD + "".join(rows)


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data=_FIXED)
    if default in (None, ()):
        return ""
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(getattr(default, "value", default))
    for folder, name in (
        (platformdirs.user_data_dir(), "~/.local/share"),
        (platformdirs.user_cache_dir(), "~/.cache"),
    ):
        text = text.replace(folder, name)
    return f"`{text}`"


if __name__ == "__main__":
    TARGET.write_text(render())
