from __future__ import annotations

from ocr_worker.cpu import with_huge_pages
from readfleet.programs import readfleet_programs


def ports(environment: dict[str, str], metrics_port: int | None, *, drop: bool = True) -> dict[str, dict[str, str]]:
    programs = readfleet_programs({**environment, "HOME": "/"}, "127.0.0.1", 5000, metrics_port, drop=drop)
    common = {"HOME": "/"}
    ports = {}
    for program in programs:
        own = with_huge_pages(common) if program.name == "worker" else common
        assert program.environment.items() >= own.items()
        ports[program.name] = {name: value for name, value in program.environment.items() if name not in own}
    return ports


def test_metrics_have_a_port_of_their_own_in_each_part() -> None:
    # Names of variables count in any case.
    assert ports({"readfleet_metrics_port": "9090"}, 9090) == {
        "sweep": {"READFLEET_METRICS_PORT": "9092"},
        "worker": {"READFLEET_METRICS_PORT": "9091"},
        "gateway": {"READFLEET_METRICS_PORT": "9090"},
        "drop": {"READFLEET_METRICS_PORT": "9093"},
    }


def test_without_a_port_there_is_none() -> None:
    assert ports({}, None) == {"sweep": {}, "worker": {}, "gateway": {}, "drop": {}}


def test_without_a_drop_nobody_watches() -> None:
    assert ports({}, None, drop=False) == {"sweep": {}, "worker": {}, "gateway": {}}
