"""Writes the parts of the chart that follow from its values and from our settings. A test fails when they are stale.

They are README.md, a table of the comments in values.yaml that begin with `--`, and in values.schema.json what
`settings` and `languages` may hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from read_operations.languages import CODES
from read_operations.settings import OTHER_LANGUAGES, Settings

CHART: Final = Path(__file__).parents[1] / "deploy" / "helm" / "readfleet"
README: Final = CHART / "README.md"
SCHEMA: Final = CHART / "values.schema.json"

#: Settings that the chart gives by itself, from other values.
OWNED: Final = frozenset(
    {
        "redis_url",
        "data_dir",
        "documents_dir",
        "documents_container",
        "models_dir",
        "run_dir",
        "heartbeat_file",
        "queues",
        "language_queues",
        "languages",
        "mode",
        "concurrency",
        "threads",
        "cpu_flags",
        "metrics_port",
        "drop_folder",
        "drop_container",
        "drop_prefix",
        "drop_queue",
        "drop_notices_queue",
        "results_container",
        "results_prefix",
        "webhook_hosts",
        "webhook_allowed_networks",
        "child_memory_bytes",
    }
)

HEAD: Final = """\
# The chart

<!-- Written by scripts/render_chart.py -->

Runs Readfleet on Kubernetes: gateway, pools of workers, sweeper, watchers of dropped documents if wished, and a small
Valkey unless there is one already.

```bash
helm install readfleet deploy/helm/readfleet --namespace readfleet --create-namespace
helm test readfleet --namespace readfleet
```

How to install, scale, upgrade and back up: [docs/kubernetes.md](../../../docs/kubernetes.md). What it takes for how
many pages: [docs/sizing.md](../../../docs/sizing.md). Examples that the tests render: [ci](ci).

## Values

| value | default | meaning |
| --- | --- | --- |
"""

_COMMENT: Final = re.compile(r"^ *# ?(?P<begins>-- )?(?P<text>.*)$")
_KEY: Final = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z_]\w*):")


def render_readme() -> str:
    """README.md."""
    return HEAD + "".join(
        f"| `{'.'.join(path)}` | {_default(value)} | {text} |\n" for path, value, text in documented_values()
    )


def documented_values() -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """Path, default and meaning of each value that has a comment."""
    source = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(source)
    path: list[str] = []
    comment: list[str] | None = None
    for line in source.splitlines():
        if match := _COMMENT.match(line):
            if match["begins"]:
                comment = [match["text"]]
            elif comment is not None:
                comment.append(match["text"])
        elif match := _KEY.match(line):
            del path[len(match["indent"]) // 2 :]
            path.append(match["key"])
            if comment is not None:
                yield tuple(path), _at(values, path), " ".join(comment)
            comment = None
        else:
            comment = None


def render_schema() -> str:
    """values.schema.json, with settings and languages as they are now."""
    schema = json.loads(SCHEMA.read_text())
    schema["properties"]["settings"] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["page_soft_limit_s", "page_hard_limit_s"],
        "properties": dict(sorted(_settings())),
    }
    schema["definitions"]["languages"] = {
        "type": "array",
        "uniqueItems": True,
        "items": {"enum": [OTHER_LANGUAGES, *CODES]},
    }
    return json.dumps(schema, indent=2) + "\n"


def _settings() -> Iterator[tuple[str, dict[str, Any]]]:
    full = Settings.model_json_schema()
    for name, field in full["properties"].items():
        kinds = [_resolved(each, full["$defs"]) for each in field.get("anyOf", [field])]
        # Secrets do not belong into a config map.
        if name not in OWNED and not any(kind.get("writeOnly") for kind in kinds):
            rules = [_rules(kind) for kind in kinds if kind.get("type") != "null"]
            yield name, {"description": field["description"], **(rules[0] if len(rules) == 1 else {"anyOf": rules})}


def _resolved(kind: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return definitions[kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind


def _rules(kind: dict[str, Any]) -> dict[str, Any]:
    """What Helm's validators understand of a field's schema."""
    if kind.get("type") == "array":
        if any(each.get("format") == "ipv4network" for each in kind["items"].get("anyOf", [])):
            return {"$ref": "#/definitions/networks"}
        return {"type": "array", "items": {"type": "string"}}
    wanted = ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum")
    return {rule: kind[rule] for rule in wanted if rule in kind}


def _at(values: Any, path: list[str]) -> Any:
    for key in path:
        values = values[key]
    return values


def _default(value: Any) -> str:
    if value is None or value == "":
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


if __name__ == "__main__":
    README.write_text(render_readme())
    SCHEMA.write_text(render_schema())
