"""Whether Kubernetes would take an object: each kind against its schema, strictly."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

import kubernetes_validate

from tests.chart.helm import Object

#: Kinds of other projects, of which Kubernetes itself knows nothing.
CUSTOM_KINDS: Final = ("ScaledObject", "TriggerAuthentication", "HTTPRoute", "ServiceMonitor", "PrometheusRule")


def objection(each: Object, version: str) -> str | None:
    """What a version of Kubernetes such as 1.37 has against an object; None if nothing."""
    return _objection(json.dumps(each, sort_keys=True), version)


@cache  # examples share most of their objects
def _objection(text: str, version: str) -> str | None:
    try:
        kubernetes_validate.validate(json.loads(text), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    return None
