"""Who may import whom, and what stays light. The rules: docs/architecture.md."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Package -> the packages of ours it may know.
ARROWS = {
    "read_operations": set[str](),
    "api_gateway": {"read_operations"},
    "ocr_worker": {"read_operations"},
    "document_drop": {"read_operations", "api_gateway", "ocr_worker"},
    "readfleet": {"read_operations", "api_gateway", "ocr_worker", "document_drop"},
}
#: Belongs into worker children, and nowhere else.
HEAVY = {
    *("numpy", "cv2", "PIL", "kornia_rs", "pypdfium2", "pikepdf"),
    *("openvino", "onnxruntime", "paddle", "paddlex", "paddleocr"),
}
#: Belongs into the gateway, and nowhere else.
WEB = {"starlette", "uvicorn", "python_multipart"}


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the arrow"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from run_at_import(node)


@pytest.mark.parametrize("package", ARROWS)
def test_arrows_point_one_way(package: str) -> None:
    forbidden = ARROWS.keys() - ARROWS[package] - {package}
    if package != "ocr_worker":
        forbidden |= HEAVY
    if package in ("read_operations", "ocr_worker", "document_drop"):
        forbidden |= WEB
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in imports(ast.walk(ast.parse(path.read_text())))
        if name.partition(".")[0] in forbidden
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "folder",
    [
        init.parent.relative_to(ROOT).as_posix()
        for package in ARROWS
        for init in sorted((ROOT / package).rglob("__init__.py"))
    ],
)
def test_what_is_in_a_package_does_not_import_in_a_circle(folder: str) -> None:
    # A folder stands for all that is in it: two that need each other are one.
    start = folder.replace("/", ".") + "."
    inside = {path.name.removesuffix(".py") for path in (ROOT / folder).iterdir()}
    graph: dict[str, set[str]] = {}
    for path in (ROOT / folder).rglob("*.py"):
        importing = path.relative_to(ROOT / folder).parts[0].removesuffix(".py")
        names = [
            name.removeprefix(start).partition(".")[0]
            for name in imports(run_at_import(ast.parse(path.read_text())))
            if name.startswith(start)
        ]
        # What is no file and no folder stands in `__init__`.
        imported = {name if name in inside else "__init__" for name in names}
        graph.setdefault(importing, set()).update(imported - {importing})

    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    ("module", "left_out"),
    [
        ("readfleet.cli", HEAVY | WEB | {"celery", "redis"}),
        ("read_operations.queue", HEAVY | WEB),
        ("read_operations.document_stores", HEAVY | WEB | {"azure", "aiohttp", "requests"}),
        ("api_gateway.server", HEAVY),
        ("ocr_worker.worker", HEAVY | WEB),
        ("ocr_worker.sweeper", HEAVY | WEB),
        ("ocr_worker.outputs", HEAVY | WEB),
        ("document_drop.process", HEAVY | WEB | {"azure", "aiohttp", "requests"}),
    ],
)
def test_what_a_process_does_not_need_it_does_not_load(module: str, left_out: set[str]) -> None:
    program = f"import sys, {module}; print(*sorted(set(sys.modules) & set({sorted(left_out)!r})))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []
