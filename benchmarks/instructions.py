"""Running networks as a CPU with fewer instructions would."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Final

from ocr_worker import cpu
from ocr_worker.engine.precisions import FLAGS, CpuClass

#: By which OpenVINO, and oneDNN in it, are held to what CPUs of a class have; `AMX_BF16` has all there is.
_SWITCHES: Final[Mapping[CpuClass, str]] = {
    CpuClass.AVX512_BF16: "AVX512_CORE_BF16",
    CpuClass.AVX512_VNNI: "AVX512_CORE_VNNI",
    CpuClass.AVX_VNNI: "AVX2_VNNI",
    CpuClass.PLAIN: "AVX2",
}


def classes_within(flags: frozenset[str]) -> list[CpuClass]:
    """The class of a CPU, and those that it can be held to."""
    return [each for each in CpuClass if FLAGS[each] <= flags]


def flags_of(cpus: CpuClass) -> str:
    """The flags of a class, for `Settings.cpu_flags`."""
    return " ".join(sorted(FLAGS[cpus] | FLAGS[CpuClass.PLAIN]))


def hold_to(wanted: CpuClass) -> None:
    """Holds the networks of this process to what CPUs of a class have, before it runs the first one.

    `OV_CPU_MAX_ISA` alone leaves INT8 all there is, AMX included, and `ONEDNN_MAX_CPU_ISA` alone ends with a
    segmentation fault. With both of them nothing else is computed with.
    """
    cpu.limit_threads(1)  # before the libraries are imported
    if wanted not in _SWITCHES:
        return
    os.environ["OV_CPU_MAX_ISA"] = os.environ["ONEDNN_MAX_CPU_ISA"] = _SWITCHES[wanted]
    from ocr_worker.engine.isolation import isolated

    with isolated():
        import openvino  # type: ignore[import-untyped]
        from openvino import opset13 as opset
    # Both look at their switches once, when they are first used.
    x = opset.parameter([1, 8])
    product = opset.matmul(x, opset.constant([[1.0]] * 8, dtype="float32"), False, False)
    openvino.Core().compile_model(openvino.Model([product], [x]), "CPU").create_infer_request().infer()
    # The engine would warn of the one, and take float32 for the other.
    del os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["OV_CPU_MAX_ISA"]


@contextmanager
def process_of(wanted: CpuClass) -> Iterator[ProcessPoolExecutor]:
    """A process whose networks are held to what CPUs of a class have."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=hold_to, initargs=(wanted,)) as child:
        yield child
