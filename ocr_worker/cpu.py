"""The machine: what its CPU can do, how many cores are ours, and keeping numeric libraries to their share.

Standard library only: all of this is asked before anything heavy may be imported.
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from read_operations.errors import ReadfleetError

#: Every switch by which a numeric library, once imported, decides how many threads it starts.
_THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS",
)
#: By this glibc asks for huge pages, in which large blocks of memory are made sooner and found sooner; it looks only
#: when a process starts. With anything but glibc, or where the system gives none, nothing happens.
_GLIBC: Final = "GLIBC_TUNABLES"
_HUGE_PAGES: Final = "glibc.malloc.hugetlb"
#: OpenVINO 2026.4 ends with a segmentation fault when either is set.
_CRASHING_VARIABLES: Final = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")

#: From best to least; the first whose flags are all there names the CPU.
_ISAS: Final = (
    ("amx_bf16", {"amx_bf16", "amx_tile"}),
    ("amx_int8", {"amx_int8", "amx_tile"}),
    ("avx512_bf16", {"avx512_bf16"}),
    ("avx512_vnni", {"avx512_vnni"}),
    ("avx512", {"avx512f", "avx512bw", "avx512dq", "avx512vl"}),
    ("avx2", {"avx2"}),
    ("avx", {"avx"}),
    ("sse4_2", {"sse4_2"}),
    ("asimd", {"asimd"}),
)

_log = logging.getLogger(__name__)


class CpuUnsupported(ReadfleetError):
    """This CPU has no AVX2, which the engine needs. Run the worker on a machine whose CPU has it."""

    exit_code = os.EX_CONFIG


def read_flags(override: str | None = None, *, cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What the CPU (and the kernel with it) can do, in the words of /proc/cpuinfo.

    Args:
        override: flags with spaces between that stand in for the CPU's own: `Settings.cpu_flags`.
        cpuinfo: where to read.

    Returns:
        The flags; none at all where the system has no such file.
    """
    if override is not None:
        return frozenset(override.split())
    try:
        text = cpuinfo.read_text(errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86 and Arm
            return frozenset(value.split())
    return frozenset()


def require_avx2(flags: frozenset[str], *, machine: str | None = None) -> None:
    """Makes sure that an x86 CPU has AVX2.

    Args:
        flags: what `read_flags` returned.
        machine: the architecture; by default this machine's.

    Raises:
        CpuUnsupported: it has not.
    """
    if (machine or platform.machine()).lower() not in ("x86_64", "amd64") or "avx2" in flags:
        return
    raise CpuUnsupported(
        f"This CPU has no AVX2 (the best it has is {best_isa(flags)}), which the engine needs: run the worker on an "
        "Intel CPU since Haswell (2013) or an AMD CPU since Excavator (2015), and on a virtual machine expose the "
        "host's CPU flags."
    )


def best_isa(flags: frozenset[str]) -> str:
    """The best instruction set the engine can use, for logs and metrics: avx2, avx512, amx_bf16 and so on."""
    return next((name for name, needed in _ISAS if needed <= flags), "none")


def core_count(root: Path = Path("/")) -> int:
    """How many cores this process may use: the least of what affinity and cgroup quotas (v1, v2) allow, at least 1.

    Args:
        root: where `proc` and `sys` are, for tests.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for quota in (_quota_v2(root), _quota_v1(root)):
        if quota is not None:
            cores = min(cores, int(quota))  # half a core is none to a process that wants all of it
    return max(1, cores)


def shares(cores: int, threads: int, children: int | None) -> tuple[int, int]:
    """How many children a worker has, and how many threads each of them: no thread without a core.

    Args:
        cores: what `core_count` says.
        threads: how many each child is to have; it gets no more than there are cores.
        children: how many are wanted, be that more than there are cores for; None for as many as there are.
    """
    threads = min(threads, cores)
    return children or max(1, cores // threads), threads


def limit_threads(threads: int) -> None:
    """Keeps every numeric library to so many threads, by the environment: call it before any is imported.

    Also removes the variables that make OpenVINO crash.
    """
    for name in _THREAD_VARIABLES:
        os.environ[name] = str(threads)
    for name in _CRASHING_VARIABLES:
        if value := os.environ.pop(name, None):
            _log.warning("%s=%s is ignored: OpenVINO crashes with it; OV_CPU_MAX_ISA limits it safely", name, value)


def with_huge_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a process that reads pages has its memory in huge pages, unless it says otherwise."""
    own = environment.get(_GLIBC, "")
    if _HUGE_PAGES in own:
        return dict(environment)
    return {**environment, _GLIBC: ":".join(filter(None, (own, f"{_HUGE_PAGES}=1")))}


def _quota_v2(root: Path) -> float | None:
    """The least quota, in cores, of the cgroup and its ancestors."""
    least: float | None = None
    for folder in _cgroup_folders(root, root / "sys/fs/cgroup", ""):
        match _words(folder / "cpu.max"):
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
                cores = int(quota) / int(period)
                least = cores if least is None else min(least, cores)
    return least


def _quota_v1(root: Path) -> float | None:
    least: float | None = None
    for name in ("cpu", "cpu,cpuacct"):
        for folder in _cgroup_folders(root, root / "sys/fs/cgroup" / name, "cpu"):
            match _words(folder / "cpu.cfs_quota_us"), _words(folder / "cpu.cfs_period_us"):
                case [quota], [period] if quota.isdecimal() and period.isdecimal() and int(period):
                    cores = int(quota) / int(period)
                    least = cores if least is None else min(least, cores)
    return least


def _cgroup_folders(root: Path, mount: Path, controller: str) -> list[Path]:
    """Our cgroup's folder and its ancestors up to the mount, which is all a container may see of them."""
    own = mount
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            own = mount / path.lstrip("/")
    return [own, *(parent for parent in own.parents if parent.is_relative_to(mount))] if own != mount else [mount]


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
