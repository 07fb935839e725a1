from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

#: Large blocks with small ones between them that stay: what is resident afterwards, against before, in MiB.
PROGRAM = """
import os, sys
import numpy as np
from ocr_worker.engine.heap import return_large_blocks

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20

if sys.argv[1] == "returned":
    return_large_blocks()
np.ones(30 << 20, np.uint8)
before = resident()
large, small = [], []
for _ in range(16):
    large.append(np.ones(8 << 20, np.uint8))
    small.append(np.ones(100_000, np.uint8))
del large
print(resident() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
@pytest.mark.parametrize(("how", "stays"), [("returned", False), ("left alone", True)])
def test_large_blocks_go_back_though_small_ones_stay(how: str, stays: bool) -> None:
    grown = subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True)

    assert (int(grown.stdout) > 64) == stays
    assert stays or int(grown.stdout) < 16
