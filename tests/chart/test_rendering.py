"""The chart renders, and a cluster would take what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor

from tests.chart.helm import CHART, EXAMPLES, HELMS, Object, helm, of_kind, render
from tests.chart.validation import CUSTOM_KINDS, objection

#: The oldest that the chart allows, one between, the newest.
KUBERNETES = ("1.27", "1.32", "1.37")

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem.removesuffix("-values"))
every_helm = pytest.mark.parametrize("program", HELMS)


@every_helm
@every_example
def test_lint_has_nothing_to_say(example: Path, program: str) -> None:
    linted = helm("lint", "--strict", str(CHART), f"--values={example}", program=program)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "[WARNING]" not in linted.stdout


@every_helm
def test_the_chart_works_without_any_value(program: str) -> None:
    assert {each["kind"] for each in render(program=program)} >= {"Deployment", "StatefulSet", "Service", "Pod"}


@every_example
def test_both_helms_render_the_same(example: Path) -> None:
    def stable(objects: list[Object]) -> list[Object]:
        return sorted(
            (each for each in objects if each["kind"] != "Secret"),  # it holds a password made on the spot
            key=lambda each: (each["kind"], each["metadata"]["name"]),
        )

    assert stable(render(example, program="helm-4")) == stable(render(example, program="helm-3"))


@pytest.mark.parametrize("version", KUBERNETES)
@every_example
def test_kubernetes_takes_every_object(example: Path, version: str) -> None:
    ours = [each for each in render(example) if each["kind"] not in CUSTOM_KINDS]
    assert ours
    assert [objected for each in ours if (objected := objection(each, version))] == []


def test_kubernetes_would_refuse_a_misspelt_field() -> None:
    deployment = of_kind(render(), "Deployment")[0]
    assert "'replica' was unexpected" in str(
        objection({**deployment, "spec": {**deployment["spec"], "replica": 1}}, "1.37")
    )


@every_example
def test_keda_takes_its_objects(example: Path) -> None:
    for each in of_kind(render(example), "ScaledObject", "TriggerAuthentication"):
        model: Any = {"ScaledObject": ScaledObject, "TriggerAuthentication": TriggerAuthentication}[each["kind"]]
        # The models pass over what they do not know: it would be missing from what they give back.
        assert model.model_validate(each).model_dump(by_alias=True, exclude_none=True)["spec"] == each["spec"]


@every_example
def test_the_prometheus_operator_takes_its_objects(example: Path) -> None:
    for each in of_kind(render(example), "ServiceMonitor", "PrometheusRule"):
        model: Any = {"ServiceMonitor": ServiceMonitor, "PrometheusRule": PrometheusRule}[each["kind"]]
        assert model.model_validate(each).model_dump(by_alias=True, exclude_none=True)["spec"] == each["spec"]


@every_example
def test_every_object_has_a_name_of_its_own_and_belongs_to_the_release(example: Path) -> None:
    objects = [each for each in render(example) if "labels" in each["metadata"]]
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert all(each["metadata"]["labels"]["app.kubernetes.io/instance"] == "rel" for each in objects)


def test_long_names_stay_within_the_limits_of_kubernetes() -> None:
    long = "a-release-with-a-name-that-is-as-long-as-helm-allows"[:53]
    rendered = helm(
        "template",
        long,
        str(CHART),
        "--set=worker.keda.enabled=true",
        "--set=worker.pools[0].name=fifteen-letters",
    )
    assert rendered.returncode == 0, rendered.stderr
    names = [line.removeprefix("  name: ") for line in rendered.stdout.splitlines() if line.startswith("  name: ")]
    # KEDA puts its own word before the name.
    assert max(len(f"keda-hpa-{name}") for name in names) <= 63


def test_the_notes_say_how_to_read_a_document() -> None:
    for values, line in (
        ([], "http://localhost:5000/vision/v3.2/read/syncAnalyze"),
        (
            ["gateway.ingress.enabled=true", "gateway.ingress.hosts={read.example.com}"],
            "http://read.example.com/vision/v3.2/read/syncAnalyze",
        ),
    ):
        installed = helm("install", "rel", str(CHART), "--dry-run=client", *(f"--set={value}" for value in values))
        assert installed.returncode == 0, installed.stderr
        assert f"curl -s --data-binary @letter.pdf {line}" in installed.stdout
