"""Parts of Readfleet that a process can do without."""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """What to do where the libraries of a part are missing: it is installed from its sources, and is on no index."""
    return f"In the sources, run: pip install '.[{extra}]' --constraint constraints.txt"
