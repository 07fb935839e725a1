"""What is measured: Readfleet's modes and other programs, each with what it needs and how its child is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ocr_worker.engine.precisions import CpuClass
from read_operations.settings import Mode, Settings

_CHILDREN: Final = "benchmarks.bench.children"
#: What is appended to a mode's name for it to be held to AVX2.
_AVX2: Final = "-avx2"


class UnknownSystem(Exception):
    """Nothing has that name; the message lists the names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Something that reads pages, in a process of its own."""

    #: How it is called on the command line and in tables.
    name: str
    #: The module of its child.
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    #: What is installed for it into an environment of its own; nothing for what runs in this one.
    requirements: tuple[str, ...] = ()
    ours: bool = False


def default_mode() -> str:
    """The mode that a worker has unless it is told another."""
    return str(Settings.model_fields["mode"].default)


def systems(models: Path) -> list[System]:
    """All of them, ours first.

    Args:
        models: the folder of the model weights.
    """
    modes = [_mode(mode.value) for mode in Mode]
    slow = [_held_to_avx2(mode) for mode in modes]
    return [*modes, *slow, *_peers(models)]


def named(names: list[str], models: Path) -> list[System]:
    """The systems of these names, by default all of ours but `fast-avx2`, and all others.

    Raises:
        UnknownSystem: one is not known.
    """
    known = {system.name: system for system in systems(models)}
    for name in names:
        if name not in known:
            raise UnknownSystem(f"There is no system {name!r}. There are: {', '.join(known)}.")
    return [known[name] for name in names or known if names or name != Mode.FAST.value + _AVX2]


def _mode(name: str) -> System:
    return System(name=name, module=f"{_CHILDREN}.ours", options={"mode": name}, ours=True)


def _held_to_avx2(mode: System) -> System:
    """The mode as a CPU without AVX-512 runs it; ONNX Runtime and Tesseract cannot be held so."""
    return System(
        name=mode.name + _AVX2,
        module=mode.module,
        options={**mode.options, "held_to": CpuClass.PLAIN.value},
        ours=True,
    )


def _peers(models: Path) -> list[System]:
    paddle = ("paddlepaddle==3.2.2", "paddleocr==3.7.0", "onnxruntime==1.31.1")

    def pipeline(engine: str, weights: str) -> System:
        return System(
            name=f"paddleocr-{engine}",
            module=f"{_CHILDREN}.paddleocr",
            options={
                "engine": engine,
                "detection": str(models / f"{weights}_det"),
                "recognition": str(models / f"{weights}_rec"),
            },
            requirements=paddle,
        )

    return [
        System(
            name="rapidocr",
            module=f"{_CHILDREN}.rapidocr",
            requirements=("rapidocr==3.10.0", "onnxruntime==1.31.1"),
        ),
        System(
            name="faster-paddle",
            module=f"{_CHILDREN}.faster_paddle",
            requirements=("faster-paddle==1.0.4",),
        ),
        System(name="tesseract", module=f"{_CHILDREN}.tesseract"),
        # Weights in the form that each runtime takes: PP-OCRv6 exists for Paddle only on its model hubs.
        pipeline("onnxruntime", "PP-OCRv6_small"),
        pipeline("paddle", "PP-OCRv5_mobile"),
    ]
