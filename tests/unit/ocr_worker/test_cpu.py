from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_worker import cpu
from read_operations.errors import ReadfleetError

HASWELL = frozenset(["fpu", "sse4_2", "avx", "avx2", "fma", "bmi2"])
SAPPHIRE_RAPIDS = HASWELL | frozenset(
    ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"]
)
SANDY_BRIDGE = frozenset(["fpu", "sse4_2", "avx"])


def test_flags_are_those_of_the_first_core(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(
        "processor\t: 0\nmodel name\t: X: flags\nflags\t\t: fpu avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n"
    )

    assert cpu.read_flags(cpuinfo=cpuinfo) == {"fpu", "avx2"}


def test_arm_calls_them_features(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nFeatures\t: fp asimd bf16\n")

    assert cpu.read_flags(cpuinfo=cpuinfo) == {"fp", "asimd", "bf16"}


def test_flags_can_be_stood_in_for(tmp_path: Path) -> None:
    assert cpu.read_flags("sse4_2  avx", cpuinfo=tmp_path / "missing") == {"sse4_2", "avx"}
    assert cpu.read_flags("", cpuinfo=tmp_path / "missing") == frozenset()


def test_a_system_without_cpuinfo_tells_nothing(tmp_path: Path) -> None:
    assert cpu.read_flags(cpuinfo=tmp_path / "missing") == frozenset()


def test_a_cpu_without_avx2_is_refused_in_one_sentence_with_the_remedy() -> None:
    with pytest.raises(cpu.CpuUnsupported) as caught:
        cpu.require_avx2(SANDY_BRIDGE, machine="x86_64")

    assert isinstance(caught.value, ReadfleetError)
    assert "no AVX2" in caught.value.message
    assert "best it has is avx)" in caught.value.message
    assert "run the worker on" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 78


@pytest.mark.parametrize(
    ("flags", "machine"), [(HASWELL, "x86_64"), (SAPPHIRE_RAPIDS, "AMD64"), (frozenset({"asimd"}), "aarch64")]
)
def test_other_cpus_are_taken(flags: frozenset[str], machine: str) -> None:
    cpu.require_avx2(flags, machine=machine)


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (SAPPHIRE_RAPIDS, "amx_bf16"),
        (SAPPHIRE_RAPIDS - {"amx_tile"}, "avx512_bf16"),
        (HASWELL | {"avx512f"}, "avx2"),
        (HASWELL, "avx2"),
        (SANDY_BRIDGE, "avx"),
        (frozenset({"asimd"}), "asimd"),
        (frozenset(), "none"),
    ],
)
def test_the_best_instruction_set_has_a_name(flags: frozenset[str], name: str) -> None:
    assert cpu.best_isa(flags) == name


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, "glibc.malloc.hugetlb=1"),
        ("", "glibc.malloc.hugetlb=1"),
        ("glibc.malloc.arena_max=2", "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1"),
        ("glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0"),
    ],
)
def test_huge_pages_are_asked_for_unless_told_otherwise(own: str | None, expected: str) -> None:
    environment = {"HOME": "/"} | ({} if own is None else {"GLIBC_TUNABLES": own})

    assert cpu.with_huge_pages(environment) == {"HOME": "/", "GLIBC_TUNABLES": expected}


def test_glibc_asks_for_huge_pages_where_they_are_given_on_request() -> None:
    mode = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    on_request = mode.exists() and "[madvise]" in mode.read_text()
    program = "block = bytearray(1 << 26); print(open('/proc/self/smaps').read())"

    def asked(environment: dict[str, str]) -> bool:
        done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
        return any("hg" in line.split() for line in done.stdout.decode().splitlines() if line.startswith("VmFlags:"))

    assert not asked({})
    assert asked(cpu.with_huge_pages({})) == on_request


@pytest.fixture
def many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.usefixtures("many_cores")
class TestCoreCount:
    """On a machine of 64 cores."""

    def test_without_quota_it_is_what_affinity_allows(self, tmp_path: Path) -> None:
        assert cpu.core_count(tmp_path) == 64

    @pytest.mark.parametrize(
        ("quota", "cores"), [("400000 100000", 4), ("250000 100000", 2), ("50000 100000", 1), ("max 100000", 64)]
    )
    def test_in_a_container_of_cgroup_v2(self, tmp_path: Path, quota: str, cores: int) -> None:
        write(tmp_path / "proc/self/cgroup", "0::/\n")
        write(tmp_path / "sys/fs/cgroup/cpu.max", quota)

        assert cpu.core_count(tmp_path) == cores

    def test_the_least_quota_of_all_cgroups_above_counts(self, tmp_path: Path) -> None:
        write(tmp_path / "proc/self/cgroup", "0::/kubepods/pod1/ctr\n")
        write(tmp_path / "sys/fs/cgroup/kubepods/pod1/ctr/cpu.max", "800000 100000")
        write(tmp_path / "sys/fs/cgroup/kubepods/pod1/cpu.max", "300000 100000")
        write(tmp_path / "sys/fs/cgroup/kubepods/cpu.max", "max 100000")

        assert cpu.core_count(tmp_path) == 3

    @pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
    def test_in_a_container_of_cgroup_v1(self, tmp_path: Path, mount: str) -> None:
        # Given a container that sees its own cgroup as the root, and its host's path
        write(tmp_path / "proc/self/cgroup", "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n")
        write(tmp_path / "sys/fs/cgroup" / mount / "cpu.cfs_quota_us", "200000\n")
        write(tmp_path / "sys/fs/cgroup" / mount / "cpu.cfs_period_us", "100000\n")

        assert cpu.core_count(tmp_path) == 2

    def test_no_quota_in_cgroup_v1_is_minus_one(self, tmp_path: Path) -> None:
        write(tmp_path / "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")
        write(tmp_path / "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")

        assert cpu.core_count(tmp_path) == 64


def test_this_machine_has_a_core() -> None:
    assert 1 <= cpu.core_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("cores", "threads", "children", "expected"),
    [
        (8, 1, None, (8, 1)),
        (8, 3, None, (2, 3)),
        (2, 8, None, (1, 2)),  # a quota of two cores on a large machine
        (1, 4, None, (1, 1)),
        (2, 8, 3, (3, 2)),  # as many children as were asked for
    ],
)
def test_a_child_has_no_more_threads_than_there_are_cores(
    cores: int, threads: int, children: int | None, expected: tuple[int, int]
) -> None:
    assert cpu.shares(cores, threads, children) == expected


def test_threads_are_limited_and_what_crashes_openvino_goes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given an environment that wants otherwise
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "BLIS_NUM_THREADS",
    ):
        monkeypatch.setenv(name, "96")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.delenv("DNNL_MAX_CPU_ISA", raising=False)

    with caplog.at_level(logging.WARNING):
        cpu.limit_threads(2)

    assert os.environ["OMP_NUM_THREADS"] == os.environ["OPENBLAS_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "2"
    assert "ONEDNN_MAX_CPU_ISA" not in os.environ
    assert "ONEDNN_MAX_CPU_ISA=AVX2 is ignored" in caplog.text


def test_asking_about_the_machine_imports_nothing_heavy() -> None:
    script = "import sys, ocr_worker.cpu, ocr_worker.models; assert not {'numpy', 'cv2', 'paddlex'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
