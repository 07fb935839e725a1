"""Docs, dashboard and alerts speak of metrics that there are, in expressions that Prometheus understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client import CollectorRegistry

from api_gateway.fleet_state import FleetWatch
from api_gateway.metrics import GatewayMetrics
from document_drop.metrics import DropMetrics
from ocr_worker.children import Children
from ocr_worker.metrics import SweeperMetrics, WorkerMetrics
from ocr_worker.reports import Ending, Job, Reason
from ocr_worker.stopwatch import Kind, Phase
from read_operations.settings import Settings
from read_operations.testing import MemoryFleet, MemoryOperationStore, MemoryQueue
from tests.chart.helm import CHART, named, of_kind, render
from tests.unit.api_gateway.support import ANALYZE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "metrics.md"
DASHBOARD = ROOT / "deploy" / "helm" / "readfleet" / "dashboards" / "readfleet.json"
#: Labels that Prometheus adds to what it scrapes.
ADDED = {"job", "le"}


def registries() -> list[CollectorRegistry]:
    watch = FleetWatch(store=MemoryOperationStore(Settings()), queue=MemoryQueue(), fleet=MemoryFleet())
    worker = WorkerMetrics(Children(Path("/nonexistent")), wanted_children=1)
    return [GatewayMetrics(watch).registry, worker.registry, SweeperMetrics().registry, DropMetrics().registry]


def families() -> dict[str, str]:
    """Type by name as it is written in a table; a counter's ends in _total."""
    found = {}
    for registry in registries():
        for family in registry.collect():
            if family.name.startswith("readfleet_"):
                found[family.name + ("_total" if family.type == "counter" else "")] = family.type
    return found


def series() -> set[str]:
    """Every name that a query may use."""
    of_histograms = {
        f"{name}_{part}"
        for name, type in families().items()
        if type == "histogram"
        for part in ("bucket", "sum", "count")
    }
    return {name for name, type in families().items() if type != "histogram"} | of_histograms


def rules() -> list[dict[str, Any]]:
    rendered = named(render(CHART / "ci" / "full-values.yaml"), "PrometheusRule")
    found: list[dict[str, Any]] = rendered["spec"]["groups"][0]["rules"]
    return found


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for scaled in of_kind(render(CHART / "ci" / "keda-prometheus-values.yaml"), "ScaledObject"):
        yield from (trigger["metadata"]["query"] for trigger in scaled["spec"]["triggers"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    questions = DOCS.read_text().partition("## Questions")[2]
    for query in re.findall(r"^\|[^|`]+\| `(.+)` \|$", questions, re.MULTILINE):
        yield query.replace(r"\|", "|")  # as Markdown has it in a table


def selectors(expression: Any) -> Iterator[Any]:
    """Every selector within an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from selectors(inner)
    for inner in getattr(expression, "args", []) or []:
        yield from selectors(inner)


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_is_valid_and_of_metrics_that_there_are(expression: str) -> None:
    found = list(selectors(promql_parser.parse(expression)))
    names = set(re.findall(r"readfleet_\w+", expression))
    assert {each.name for each in found} == names <= series()


def labels() -> dict[str, set[str]]:
    """The labels of each metric, by the table of the docs."""
    rows = re.findall(r"^\| `(readfleet_\w+)(?:\{([\w,]+)\})?` \|", DOCS.read_text(), re.MULTILINE)
    return {name: set(filter(None, names.split(","))) for name, names in rows}


def test_the_tables_have_every_metric_with_its_type_and_labels() -> None:
    text = DOCS.read_text()
    rows = dict(re.findall(r"^\| `(readfleet_\w+)[^`]*` \| (\w+) \|", text, re.MULTILINE))
    wanted = families()
    assert wanted.pop("readfleet_build_info") == "gauge"
    assert rows == wanted
    for registry in registries():
        for family in registry.collect():
            for sample in family.samples:
                name = re.sub("_(bucket|sum|count)$", "", sample.name) if family.type == "histogram" else sample.name
                if name in rows:
                    assert sample.labels.keys() - {"le"} == labels()[name]


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_asks_for_labels_that_there_are(expression: str) -> None:
    for selector in selectors(promql_parser.parse(expression)):
        name = re.sub("_(bucket|sum|count)$", "", selector.name)
        known = labels()[name if name in labels() else selector.name]
        assert {matcher.name for matcher in selector.matchers.matchers} <= known | ADDED


def test_the_share_of_errors_is_one_of_what_clients_ask_for() -> None:
    gateway = named(render(), "Deployment", "-gateway")["spec"]["template"]["spec"]["containers"][0]
    probes = {each["httpGet"]["path"] for name, each in gateway.items() if name.endswith("Probe")}
    shares = [each for each in sorted(set(expressions())) if "gateway_requests_total" in each and " / " in each]
    assert len(shares) == 2  # the alert, and a question of the docs
    for expression in shares:
        for selector in selectors(promql_parser.parse(expression)):
            (left_out,) = [each for each in selector.matchers.matchers if each.name == "route"]
            assert left_out.op == promql_parser.MatchOp.NotRe
            for path in probes | {"/ready", "/status", "/metrics"}:
                assert re.fullmatch(left_out.value, path), path
            assert not re.fullmatch(left_out.value, ANALYZE)


def test_no_label_is_one_that_prometheus_gives_itself() -> None:
    assert [name for name, own in labels().items() if own & {"job", "instance", "namespace", "pod", "container"}] == []


def test_the_words_of_labels_are_in_the_docs() -> None:
    text = DOCS.read_text()
    words = [each.value for kind in (Phase, Ending, Job) for each in kind]
    words += [Kind.PICTURE.value, Kind.TEXT_LAYER.value]
    words += [each.value for each in Reason if each is not Reason.STOPPED]
    assert [word for word in words if f"`{word}`" not in text] == []


def test_every_alert_has_a_line_of_what_to_do() -> None:
    table = DOCS.read_text().partition("## Alerts")[2]
    assert re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", table, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_the_dashboard_fits_together() -> None:
    board = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(panel["description"] and panel["targets"] for panel in board["panels"])
    places = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in board["panels"]
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) == 23
