"""The objects of a cluster in which nothing runs: kept, validated strictly, and said to be well."""

from __future__ import annotations

import copy
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.chart.helm import NAMESPACE, Object
from tests.chart.validation import CUSTOM_KINDS, objection

VERSION: Final = "1.37"

#: Group and version -> plural name -> kind. All are in namespaces.
KINDS: Final = {
    "v1": {
        "configmaps": "ConfigMap",
        "persistentvolumeclaims": "PersistentVolumeClaim",
        "pods": "Pod",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
        "services": "Service",
    },
    "apps/v1": {"deployments": "Deployment", "statefulsets": "StatefulSet", "replicasets": "ReplicaSet"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "keda.sh/v1alpha1": {"scaledobjects": "ScaledObject", "triggerauthentications": "TriggerAuthentication"},
    "monitoring.coreos.com/v1": {"servicemonitors": "ServiceMonitor", "prometheusrules": "PrometheusRule"},
    "networking.k8s.io/v1": {"ingresses": "Ingress", "networkpolicies": "NetworkPolicy"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
}
#: What an update may not change, as paths into the object.
_IMMUTABLE: Final = {
    "Deployment": (("spec", "selector"),),
    "StatefulSet": (("spec", "selector"), ("spec", "serviceName"), ("spec", "volumeClaimTemplates")),
    "PersistentVolumeClaim": (("spec", "accessModes"), ("spec", "storageClassName")),
}
_WATCH_S: Final = 30

#: API version, plural name, object name.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    reason: str
    message: str


class Cluster:
    """The objects, and who waits for changes."""

    def __init__(self) -> None:
        self.objects: dict[Key, Object] = {}
        self._changes: list[tuple[int, str, Key, Object]] = []
        self._changed = threading.Condition()
        self._clock = 100

    def get(self, key: Key) -> Object:
        with self._changed:
            if key not in self.objects:
                raise Refusal(404, "NotFound", f'{key[1]} "{key[2]}" not found')
            return self.objects[key]

    def find(self, version: str, plural: str, query: dict[str, str]) -> list[Object]:
        with self._changed:
            kept = [each for key, each in self.objects.items() if key[:2] == (version, plural)]
        return [each for each in kept if selected(each, query)]

    def put(self, key: Key, new: Object, *, create: bool, keep: bool = True) -> Object:
        """Creates or replaces an object; `keep` is false for a trial."""
        with self._changed:
            old = self.objects.get(key)
            if create and old:
                raise Refusal(409, "AlreadyExists", f'{key[1]} "{key[2]}" already exists')
            new = copy.deepcopy(new)
            new.pop("status", None)
            _validate(new, old)
            new["metadata"] |= {
                "namespace": NAMESPACE,
                "uid": old["metadata"]["uid"] if old else str(uuid.uuid4()),
                "generation": (old["metadata"]["generation"] if old else 0) + 1,
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "resourceVersion": str(self._tick()),
            }
            new |= _status(new)
            if keep:
                self.objects[key] = new
                self._tell("MODIFIED" if old else "ADDED", key, new)
            return new

    def delete(self, key: Key) -> None:
        with self._changed:
            gone = self.get(key)
            del self.objects[key]
            self._tick()
            self._tell("DELETED", key, gone)

    @property
    def now(self) -> str:
        """The version of the last change."""
        return str(self._clock)

    def watch(self, version: str, plural: str, since: int) -> Iterator[tuple[str, Object] | None]:
        """Changes as they come; None from time to time."""
        end = time.monotonic() + _WATCH_S
        while time.monotonic() < end:
            with self._changed:
                news = [each for each in self._changes if each[0] > since and each[2][:2] == (version, plural)]
                if not news:
                    self._changed.wait(0.2)
            for moment, what, _, changed in news:
                since = moment
                yield what, changed
            yield None

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _tell(self, what: str, key: Key, changed: Object) -> None:
        self._changes.append((self._clock, what, key, changed))
        self._changed.notify_all()


def selected(each: Object, query: dict[str, str]) -> bool:
    """Whether the selectors of a query take an object."""
    labels = each["metadata"].get("labels", {})
    wanted = [part.split("=") for part in query.get("labelSelector", "").replace("==", "=").split(",") if part]
    names = re.findall(r"metadata\.name=([^,]+)", query.get("fieldSelector", ""))
    return all(labels.get(name) == value for name, value in wanted) and names in ([], [each["metadata"]["name"]])


def _validate(new: Object, old: Object | None) -> None:
    if new["kind"] not in CUSTOM_KINDS and (objected := objection(new, VERSION)):
        raise Refusal(422, "Invalid", objected)
    for path in _IMMUTABLE.get(new["kind"], ()) if old else ():
        before, after = old or {}, new
        for part in path:
            before, after = before.get(part, {}), after.get(part, {})
        if before != after:
            raise Refusal(422, "Invalid", f"{'.'.join(path)}: field is immutable")


def _status(each: Object) -> Object:
    """What controllers would write once everything runs."""
    if each["kind"] in ("Deployment", "StatefulSet", "ReplicaSet"):
        count = each["spec"].get("replicas", 1)
        status = dict.fromkeys(("replicas", "currentReplicas", "updatedReplicas", "readyReplicas"), count)
        progress = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
        status |= {"availableReplicas": count, "observedGeneration": each["metadata"]["generation"]}
        return {"status": status | {"conditions": [progress, {"type": "Available", "status": "True"}]}}
    if each["kind"] == "Pod":
        return {"status": {"phase": "Succeeded"}}
    if each["kind"] == "PersistentVolumeClaim":
        return {"status": {"phase": "Bound"}}
    return {}
