from __future__ import annotations

import socket

import httpx
import pytest
from prometheus_client import CollectorRegistry

from read_operations.metrics import new_registry, serve
from read_operations.version import __version__
from tests.fleet import free_port


@pytest.fixture
def registry() -> CollectorRegistry:
    return new_registry()


def test_every_process_says_what_it_is(registry: CollectorRegistry) -> None:
    assert registry.get_sample_value("readfleet_build_info", {"version": __version__}) == 1
    assert (registry.get_sample_value("process_resident_memory_bytes") or 0) > 0


def test_metrics_are_served(registry: CollectorRegistry) -> None:
    port = free_port()
    serve(registry, port)
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert (answer.status_code, f'version="{__version__}"' in answer.text) == (200, True)


def test_a_port_in_use_costs_the_metrics_only(
    registry: CollectorRegistry, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        serve(registry, port)
    said = capsys.readouterr().out + caplog.text
    assert f"no metrics: port {port} cannot be used: Address already in use" in said
    assert "READFLEET_METRICS_PORT" in said
