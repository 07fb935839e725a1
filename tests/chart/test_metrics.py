"""What Prometheus finds of an installation, and who may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from read_operations.settings import Settings
from tests.chart.helm import CHART, ChartRefused, Object, containers, environment, named, of_kind, pods, render
from tests.chart.test_rules import matches

FULL = CHART / "ci" / "full-values.yaml"
PARTS = {"gateway", "worker", "sweeper"}
DROP = CHART / "ci" / "drop-values.yaml"


def metrics_ports(objects: list[Object]) -> dict[str, int]:
    return {
        container["name"]: port["containerPort"]
        for _, container in containers(objects)
        for port in container.get("ports", [])
        if port["name"] == "metrics"
    }


def test_nothing_is_opened_unless_it_is_wished() -> None:
    objects = render()
    assert of_kind(objects, "ServiceMonitor", "PrometheusRule") == []
    assert not [each for each in objects if each["metadata"]["name"].endswith("-metrics")]
    assert metrics_ports(objects) == {}
    for part in ("worker", "sweeper"):
        assert named(objects, "NetworkPolicy", f"-{part}")["spec"]["ingress"] == []


def test_every_part_serves_where_it_is_scraped(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = render(FULL)
    assert metrics_ports(objects) == dict.fromkeys(PARTS, 9464)
    for _, container in containers(objects):
        if container["name"] in PARTS:
            with monkeypatch.context() as patch:
                for name, value in environment(objects, container).items():
                    patch.setenv(name, value)
                settings = Settings()
            assert (settings.metrics, settings.metrics_port) == (True, 9464)


def scraped(objects: list[Object]) -> list[str]:
    """The names of what a Prometheus finds by the monitor, its service, and the labels of pods."""
    monitor = named(objects, "ServiceMonitor")["spec"]
    services = [
        each for each in of_kind(objects, "Service") if matches(monitor["selector"], each["metadata"]["labels"])
    ]
    (service,), (endpoint,) = services, monitor["endpoints"]
    (port,) = service["spec"]["ports"]
    assert endpoint["port"] == port["name"]
    found = []
    for name, pod in pods(objects):
        if matches({"matchLabels": service["spec"]["selector"]}, pod["metadata"]["labels"]):
            (container,) = pod["spec"]["containers"]
            assert {each["name"]: each["containerPort"] for each in container["ports"]}[port["targetPort"]] == port[
                "port"
            ]
            assert set(monitor["podTargetLabels"]) & pod["metadata"]["labels"].keys()
            found.append(name.removeprefix("rel-readfleet-"))
    return sorted(found)


def test_every_part_is_found_and_nothing_else() -> None:
    objects = render(FULL)
    assert scraped(objects) == ["gateway", "sweeper", "worker-japanese", "worker-large", "worker-standard"]
    assert named(objects, "ServiceMonitor")["metadata"]["labels"]["release"] == "prometheus"
    service = named(objects, "Service", "-metrics")["spec"]
    # No address of its own, as nobody calls it; and who is not ready has metrics too.
    assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)


def test_the_policies_let_prometheus_in_and_nobody_else() -> None:
    objects = render(FULL)
    for part in PARTS:
        rules = named(objects, "NetworkPolicy", f"-{part}")["spec"]["ingress"]
        (scraping,) = [rule for rule in rules if rule["ports"] == [{"port": 9464}]]
        selector = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
        assert scraping["from"] == [{"namespaceSelector": selector}]
    assert named(objects, "NetworkPolicy", "-test")["spec"]["ingress"] == []


def test_the_drop_is_found_as_well() -> None:
    objects = render(DROP, values={"metrics.serviceMonitor.enabled": True})
    assert metrics_ports(objects) == dict.fromkeys(PARTS | {"drop"}, 9464)
    assert scraped(objects) == ["drop", "gateway", "sweeper", "worker-standard"]
    assert named(objects, "NetworkPolicy", "-drop")["spec"]["ingress"] == [{"ports": [{"port": 9464}]}]


def test_grafana_finds_the_dashboard_as_it_is() -> None:
    assert not [each for each in render() if each["metadata"]["name"].endswith("-dashboard")]
    dashboard = named(render(FULL), "ConfigMap", "-dashboard")
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboard["metadata"]["annotations"] == {"grafana_folder": "Documents"}
    (text,) = dashboard["data"].values()
    assert json.loads(text) == json.loads((CHART / "dashboards" / "readfleet.json").read_text())


def test_keda_may_ask_prometheus() -> None:
    prometheus = {"serverAddress": "http://prometheus.monitoring:9090"}
    values = {
        "worker.keda": {"enabled": True, "source": "prometheus", "prometheus": prometheus},
        "worker.pools": [{"name": "a"}, {"name": "b", "queues": ["batch"], "keda": {"pagesPerReplica": 7}}],
    }
    objects = render(FULL, values=values)
    a, b = (named(objects, "ScaledObject", end)["spec"] for end in ("-a", "-b"))
    assert [each["type"] for each in a["triggers"]] == ["prometheus"]
    assert a["triggers"][0]["metadata"]["serverAddress"] == prometheus["serverAddress"]
    # This release only, and of its queues only those that the pool takes from
    query = b["triggers"][0]["metadata"]["query"]
    assert query.count('job="documents/rel-readfleet"') == query.count("{") == 2
    assert 'lane=~"batch"' in query
    assert (a["triggers"][0]["metadata"]["threshold"], b["triggers"][0]["metadata"]["threshold"]) == ("2", "7")
    # KEDA has no business in Valkey then
    assert of_kind(objects, "TriggerAuthentication") == []
    assert "keda" not in str(named(objects, "NetworkPolicy", "-valkey"))


def test_alerts_look_at_this_release_only() -> None:
    objects = render(FULL)
    monitor, rule = named(objects, "ServiceMonitor"), named(objects, "PrometheusRule")
    (relabeling,) = monitor["spec"]["endpoints"][0]["relabelings"]
    assert relabeling == {"action": "replace", "targetLabel": "job", "replacement": "documents/rel-readfleet"}
    job = f'job="{relabeling["replacement"]}"'
    for each in rule["spec"]["groups"][0]["rules"]:
        assert each["expr"].count("{") == each["expr"].count(job) > 0
        assert each["labels"]["severity"] in ("warning", "critical")
        assert each["annotations"]["summary"]


def test_bounds_of_alerts_can_be_set() -> None:
    values = {"metrics.prometheusRule.queueAgeSeconds": 90, "metrics.prometheusRule.failedShare": 0.5}
    text = str(named(render(FULL, values=values), "PrometheusRule"))
    assert "> 90" in text
    assert "> 0.5" in text


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"metrics.serviceMonitor.enabled": True}, "need metrics.enabled"),
        ({"metrics.enabled": True, "metrics.prometheusRule.enabled": True}, "Enable that as well"),
        ({"metrics.enabled": True, "settings.metrics": False}, "contradict each other"),
        ({"metrics.enabled": True, "metrics.port": 5000}, "the gateway's own port"),
        ({"metrics.port": 80}, "/metrics/port"),
        ({"settings.metrics_port": 9090}, "metrics_port"),
    ],
)
def test_values_that_cannot_work_are_refused(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ChartRefused, match=reason):
        render(values=values)
