"""What the API server says of itself: its version, its kinds, and that it validates fields."""

from __future__ import annotations

import re

from tests.chart.cluster import KINDS, VERSION
from tests.chart.helm import Object


def discovery(path: str) -> Object | None:
    """What the server has; None for any other path."""
    groups = [version.split("/") for version in KINDS if "/" in version]
    version = re.sub("^/apis?/", "", path)
    if path == "/version":
        major, minor = VERSION.split(".")
        return {"major": major, "minor": minor, "gitVersion": f"v{VERSION}.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        named = [({"groupVersion": f"{group}/{version}", "version": version}, group) for group, version in groups]
        listed = [{"name": group, "versions": [each], "preferredVersion": each} for each, group in named]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    if version in KINDS and path != f"/{version}":
        verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
        resources = [
            {"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": verbs}
            for plural, kind in KINDS[version].items()
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
    return _openapi(path)


def _openapi(path: str) -> Object | None:
    """Says that the server validates fields, which Helm asks for before it leaves it to it."""
    if path == "/openapi/v3":
        return {"paths": {_root(each): {"serverRelativeURL": f"/openapi/v3/{_root(each)}"} for each in KINDS}}
    version = next((each for each in KINDS if path == f"/openapi/v3/{_root(each)}"), None)
    if version is None:
        return None
    group, _, short = version.rpartition("/")
    parameters = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
    paths = {
        f"/{_root(version)}/namespaces/{{namespace}}/{plural}/{{name}}": {
            "patch": {
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-group-version-kind": {"group": group, "version": short, "kind": kind},
            }
        }
        for plural, kind in KINDS[version].items()
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION}, "paths": paths}


def _root(version: str) -> str:
    return f"apis/{version}" if "/" in version else f"api/{version}"
