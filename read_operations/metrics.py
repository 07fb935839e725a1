"""Metrics in the form of Prometheus, as every process serves them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, disable_created_metrics, start_http_server

from read_operations.logs import get_logger
from read_operations.version import __version__

_log = get_logger(__name__)

# The moment at which each series began would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call]


def new_registry() -> CollectorRegistry:
    """The metrics of a process, with what there is of every process: its version, CPU time and memory."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    info = Gauge("readfleet_build_info", "The running version; always 1.", ["version"], registry=registry)
    info.labels(__version__).set(1)
    return registry


def serve(registry: CollectorRegistry, port: int) -> None:
    """Serves metrics from a thread, for as long as the process lives. A port in use costs the metrics, not the work."""
    try:
        start_http_server(port, registry=registry)
    except OSError as error:
        _log.error(
            f"no metrics: port {port} cannot be used: {error.strerror}. Set READFLEET_METRICS_PORT to one that is free."
        )
        return
    _log.info("metrics served", port=port)
