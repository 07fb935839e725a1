"""The versions of the Read API: where each has its calls, and how it writes an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from api_gateway.wire import v2, v3
from read_operations.records import Operation, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One version of the API. Paths are written as the documentation writes them, and match in any case."""

    submit: str
    submit_and_wait: str
    #: Where results are asked for, without the id; the first is what clients are told.
    results: tuple[str, ...]
    #: Query parameters it knows, in lower case; others are ignored.
    parameters: frozenset[str]
    operation_json: Callable[[Operation, Iterable[Page]], Iterator[str]]
    sync_failure_json: Callable[[Operation], str]


_LANGUAGE: Final = frozenset({"language"})
_PAGES: Final = _LANGUAGE | {"pages"}
#: An early specification of 3.2 spelled the last without its dash.
_ALL: Final = _PAGES | {"readingorder", "model-version", "modelversion"}


def _v3(path: str, version: v3.Version, parameters: frozenset[str]) -> Surface:
    base = f"/vision/{path}/read"
    return Surface(
        submit=f"{base}/analyze",
        submit_and_wait=f"{base}/syncAnalyze",
        # The second as the container's installation guide prints it.
        results=(f"{base}/analyzeResults", f"{base}/operations"),
        parameters=parameters,
        operation_json=partial(v3.operation_json, version=version),
        sync_failure_json=v3.sync_failure_json,
    )


def _v2(path: str) -> Surface:
    base = f"/vision/{path}/read"
    return Surface(
        submit=f"{base}/core/asyncBatchAnalyze",
        submit_and_wait=f"{base}/core/Analyze",
        results=(f"{base}/operations",),
        # 2.0 had a `mode`, printed or handwritten; both are read anyway.
        parameters=frozenset(),
        operation_json=v2.operation_json,
        sync_failure_json=v2.sync_failure_json,
    )


#: Every version there is a client for; the container's previews speak as the versions they became.
SURFACES: Final = (
    _v3("v3.2", v3.V3_2, _ALL),
    _v3("v3.1", v3.V3_1, _LANGUAGE),
    _v3("v3.0", v3.V3_0, _LANGUAGE),
    *(_v3(f"v3.2-preview.{n}", v3.V3_2, _ALL) for n in (1, 2, 3)),
    *(_v3(f"v3.1-preview.{n}", v3.V3_1, _PAGES) for n in (1, 2)),
    _v2("v2.1"),
    _v2("v2.0"),
)
