"""Patches as Helm 3 sends them: merged into what there is, lists of named things one by one."""

from __future__ import annotations

import copy
from typing import Any, Final

from tests.chart.helm import Object

#: Field of a list -> what tells its elements apart. Other lists are replaced as a whole.
_KEYS: Final = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "ports": "containerPort",
}


def merged(old: Object, patch: Object, *, strategic: bool) -> Object:
    """An object after a merge patch, or a strategic one, which also knows how lists are merged."""
    result = copy.deepcopy(old)
    order = {}
    for field, value in patch.items():
        directive, _, name = field.partition("/")
        if directive == "$setElementOrder":
            order[name] = value
        elif directive.startswith("$"):
            continue  # $retainKeys, of unions that no patch here changes
        elif value is None:
            result.pop(field, None)
        elif isinstance(value, dict):
            before = result.get(field)
            result[field] = merged(before if isinstance(before, dict) else {}, value, strategic=strategic)
        elif strategic and _is_keyed(field, value) and field in result:
            result[field] = _merged_list(result[field], value, _KEYS[field])
        else:
            result[field] = copy.deepcopy(value)
    for field, elements in order.items():
        if _is_keyed(field, elements) and field in result:
            key = _KEYS[field]
            wanted = [each[key] for each in elements]
            result[field] = sorted(result[field], key=lambda each, key=key, wanted=wanted: wanted.index(each[key]))  # type: ignore[misc]
    return result


def _is_keyed(field: str, elements: list[Any]) -> bool:
    return field in _KEYS and all(isinstance(each, dict) and _KEYS[field] in each for each in elements)


def _merged_list(old: list[Object], patch: list[Object], key: str) -> list[Object]:
    found = {each[key]: each for each in old}
    for each in patch:
        if each.get("$patch") == "delete":
            found.pop(each[key], None)
        else:
            found[each[key]] = merged(found.get(each[key], {}), each, strategic=True)
    return list(found.values())
