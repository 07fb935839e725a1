"""Fuzzes what looks at a client's bytes, guided by the code that they reach; ends with 1 if one did harm.

Each target runs in a process of its own: a crash of a decoder is a finding, and is kept in the folder. Docs:
docs/faults.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.faults.fuzz_targets import TARGETS

#: Longest that one input may take, and most memory.
_MOST_S: Final = 60
_MOST_MB: Final = 4_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--folder", type=Path, default=Path("var/fuzz"), help="keeps what was found (var/fuzz)")
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="only these; by default all")
    arguments = parser.parse_args()
    harmful = []
    for name in arguments.targets or TARGETS:
        folder = arguments.folder / name
        _plant(folder / "corpus", TARGETS[name][1])
        print(f"{name}: {arguments.seconds} s", flush=True)
        options = [
            f"-max_total_time={arguments.seconds}",
            f"-timeout={_MOST_S}",
            f"-rss_limit_mb={_MOST_MB}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
            "-verbosity=0",
            str(folder / "corpus"),
        ]
        if subprocess.run([sys.executable, "-c", _SCRIPT, name, *options], check=False).returncode:
            harmful.append(name)
    print(f"harm was done to: {', '.join(harmful)}" if harmful else "no harm was done")
    return 1 if harmful else 0


def _plant(folder: Path, seeds: list[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)


#: Ours alone are looked into: the decoders are no Python.
_SCRIPT: Final = """
import sys
import atheris

name = sys.argv.pop(1)
with atheris.instrument_imports(include=["api_gateway", "ocr_worker", "read_operations"]):
    from tests.faults.fuzz_targets import TARGETS
atheris.Setup(sys.argv, TARGETS[name][0]())
atheris.Fuzz()
"""

if __name__ == "__main__":
    sys.exit(main())
