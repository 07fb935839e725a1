from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from benchmarks.bench.systems import UnknownSystem, default_mode, named, systems
from read_operations.settings import Mode

MODELS = Path("models")


def test_every_mode_takes_part_by_its_name() -> None:
    ours = [system.name for system in systems(MODELS) if system.ours]
    assert ours == [*Mode, *(f"{mode}-avx2" for mode in Mode)]
    assert default_mode() in ours


def test_held_to_avx2() -> None:
    (slow,) = named(["accurate-avx2"], MODELS)
    assert slow.options == {"mode": "accurate", "held_to": "plain"}


def test_every_child_is_there() -> None:
    assert all(importlib.util.find_spec(system.module) for system in systems(MODELS))


def test_peers_are_pinned() -> None:
    assert all("==" in requirement for system in systems(MODELS) for requirement in system.requirements)


def test_which() -> None:
    assert [system.name for system in named(["tesseract", "fast"], MODELS)] == ["tesseract", "fast"]
    assert {"fast-avx2"} == {system.name for system in systems(MODELS)} - {system.name for system in named([], MODELS)}
    with pytest.raises(UnknownSystem, match=r"no system 'slow'. There are: fast, "):
        named(["slow"], MODELS)
