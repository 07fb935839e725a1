"""`python -m readfleet`: the same as the `readfleet` command."""

from __future__ import annotations

from readfleet.cli import app

app(prog_name="readfleet")
