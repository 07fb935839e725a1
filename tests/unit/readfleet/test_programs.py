from __future__ import annotations

import pytest

from ocr_worker.cpu import with_huge_pages
from read_operations.settings import Settings
from readfleet.errors import SettingsInvalid
from readfleet.programs import check_metrics_ports, readfleet_programs


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


@pytest.mark.parametrize(("metrics_port", "port"), [(5000, 5000), (4997, 5000), (65533, 5000)])
def test_metrics_are_at_ports_that_exist_and_are_free(metrics_port: int, port: int) -> None:
    with pytest.raises(
        SettingsInvalid, match=rf"^READFLEET_METRICS_PORT: .* up to 65532, .* {port}, is not among them"
    ):
        check_metrics_ports(Settings(metrics_port=metrics_port), port)
    check_metrics_ports(Settings(metrics_port=metrics_port, metrics=False), port)


@pytest.mark.parametrize("metrics_port", [None, 4996, 5001, 65532])
def test_metrics_are_at_any_others(metrics_port: int | None) -> None:
    check_metrics_ports(Settings(metrics_port=metrics_port), 5000)


def test_without_a_drop_nobody_watches() -> None:
    assert ports({}, None, drop=False) == {"sweep": {}, "worker": {}, "gateway": {}}
