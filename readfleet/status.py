"""The `status` command: what the fleet has before it, does and has done, in a small table."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.live import Live
from rich.table import Table

from read_operations.records import Status
from readfleet.address import DEFAULT_ENDPOINT, LOCAL_HOSTS
from readfleet.errors import CommandError, ServiceUnreachable

_TIMEOUT_S: Final = 10
#: Between two looks of `--watch`.
_PAUSE_S: Final = 2

#: Name of a sample and its only label's value, if it has one -> its value.
Samples = Mapping[tuple[str, str], float]


def run(endpoint: str, *, watch: bool) -> int:
    """Prints the state of the fleet, once or until Ctrl-C.

    Returns:
        The exit code: 1 when the storage does not answer.

    Raises:
        ServiceUnreachable: nothing answers at the endpoint.
        CommandError: what answers has no metrics.
    """
    console = Console(highlight=False)
    samples = fetch(endpoint)
    if not watch:
        console.print(table(samples))
        return 0 if samples["readfleet_storage_up", ""] else 1
    with Live(table(samples), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(_PAUSE_S)
                live.update(table(fetch(endpoint)), refresh=True)
        except KeyboardInterrupt:
            return 0


def fetch(endpoint: str) -> Samples:
    """The fleet-wide metrics of a service.

    Raises:
        ServiceUnreachable: nothing answers at the endpoint.
        CommandError: what answers has no metrics.
    """
    try:
        url = httpx.URL(f"{endpoint.rstrip('/')}/metrics")
        answer = httpx.get(url, timeout=_TIMEOUT_S, trust_env=url.host not in LOCAL_HOSTS)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise ServiceUnreachable(
            f"{endpoint} is no URL such as {DEFAULT_ENDPOINT}. Name one with --endpoint."
        ) from error
    except httpx.TransportError as error:
        raise ServiceUnreachable(
            f"{endpoint} does not answer. Start one with `readfleet up`, or name another with --endpoint."
        ) from error
    found = _samples(answer.text) if answer.status_code == 200 else {}
    if ("readfleet_storage_up", "") not in found:
        raise CommandError(
            f"{endpoint} shows no metrics of a gateway. Name the gateway itself with --endpoint, not a proxy in front "
            "of it; where READFLEET_METRICS_PORT is set, at that port."
        )
    return found


def table(samples: Samples) -> Table:
    """What `readfleet status` shows."""
    shown = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(justify="right", no_wrap=True)
    shown.add_column(no_wrap=True)
    if not samples["readfleet_storage_up", ""]:
        shown.add_row("Storage (Redis or Valkey)", "", "does not answer")
        return shown
    for lane in [label for name, label in samples if name == "readfleet_pages_waiting"]:
        age = samples.get(("readfleet_queue_age_seconds", lane), 0)
        since = f"for {dt.timedelta(seconds=round(age))}" if age >= 1 else ""
        shown.add_row(f"Pages waiting, {lane}", _count(samples, "readfleet_pages_waiting", lane), since)
    shown.add_row("Pages in work", _count(samples, "readfleet_pages_in_work"))
    ready = samples.get(("readfleet_children_ready", ""), 0)
    shown.add_row("Children ready", f"{ready:,.0f}", "" if ready else "no page can be read: start a worker")
    shown.add_row("Operations unfinished", _count(samples, "readfleet_operations_unfinished"))
    for status in (Status.SUCCEEDED, Status.FAILED):
        shown.add_row(
            f"Operations {status.value}", _count(samples, "readfleet_operations_finished_total", status.value)
        )
    shown.add_row("Pages read", _count(samples, "readfleet_pages_read_total"))
    return shown


def _count(samples: Samples, name: str, label: str = "") -> str:
    return f"{samples[name, label]:,.0f}" if (name, label) in samples else "?"


def _samples(text: str) -> Samples:
    try:
        return {
            (sample.name, next(iter(sample.labels.values()), "")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if len(sample.labels) < 2
        }
    except ValueError:  # of something else than metrics
        return {}
