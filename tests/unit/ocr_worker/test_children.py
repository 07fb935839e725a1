"""Children of this process, and processes that are none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_worker.children import Children, ready_file


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sh", "-c", "echo; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        # From its first word on it has the memory that it takes.
        child.stdout.readline()
        yield child
        child.kill()


def test_a_child_is_ready_that_says_so_and_lives(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = Children(tmp_path)
    assert children.ready() == []
    ready_file(tmp_path, child.pid).touch()
    # A process of that number that is not ours is what has been given a dead child's number.
    ready_file(tmp_path, os.getppid()).touch()
    assert children.ready() == [child.pid]


def test_a_child_that_was_killed_is_buried_once(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = Children(tmp_path)
    ready_file(tmp_path, child.pid).touch()
    assert children.bury() == 0
    child.kill()
    child.wait()
    assert children.bury() == 1
    assert (children.bury(), children.ready(), list(tmp_path.iterdir())) == (0, [], [])


def test_memory_is_that_of_living_children(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = Children(tmp_path)
    ready_file(tmp_path, child.pid).touch()
    now, most = children.memory_bytes()
    assert 2**17 < now <= most < 2**27
    child.kill()
    child.wait()
    assert children.memory_bytes() == (0, 0)
