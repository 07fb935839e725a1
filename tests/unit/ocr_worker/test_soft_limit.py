"""In processes of their own, as a worker's child is: threads that were there before would take the signal."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROLOGUE = """
import os, signal, threading
from ocr_worker.soft_limit import hold_back, may_strike as bounded

def may_strike():
    return bounded(60, lambda: None)

class Struck(Exception):
    pass

def strike(*_):
    raise Struck

signal.signal(signal.SIGUSR1, strike)

def limit():
    os.kill(os.getpid(), signal.SIGUSR1)
    sum(range(100_000))

hold_back()
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("limit()\nhold_back()", id="held back outside of the work"),
        pytest.param("limit()\nhold_back()\nwith may_strike(): pass", id="a late one does not strike the next job"),
        pytest.param(
            "try:\n    with may_strike(): limit()\nexcept Struck: limit()\nelse: raise SystemExit('not struck')",
            id="strikes in the work, once",
        ),
        pytest.param(
            "done = threading.Event()\n"
            "threading.Thread(target=done.wait, daemon=True).start()\n"
            "limit()\n"
            "assert signal.sigpending() == {signal.SIGUSR1}\n"
            "done.set()",
            id="threads hold it back too",
        ),
    ],
)
def test_where_it_strikes(program: str) -> None:
    ended = subprocess.run([sys.executable, "-c", PROLOGUE + program], capture_output=True, text=True, timeout=20)
    assert (ended.returncode, ended.stderr) == (0, "")


#: In C for minutes, without Python's lock, and deaf to signals meanwhile.
DEAF = "import hashlib; hashlib.pbkdf2_hmac('sha512', b'', b'', 10**9)"


@pytest.mark.parametrize(
    ("farewell", "said"), [("lambda: print('bye', flush=True)", "bye\n"), ("lambda: 1 / 0", "ZeroDivisionError")]
)
def test_who_hears_nothing_is_killed(farewell: str, said: str) -> None:
    program = f"{PROLOGUE}threading.Timer(.1, limit).start()\nwith bounded(.5, {farewell}): {DEAF}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert ended.returncode == -signal.SIGKILL
    assert said in ended.stdout


def test_who_has_ended_is_left_alone() -> None:
    program = f"{PROLOGUE}import time\nfor _ in range(100):\n    with bounded(.2, lambda: 1): pass\ntime.sleep(.5)"
    assert subprocess.run([sys.executable, "-c", program], timeout=20).returncode == 0
