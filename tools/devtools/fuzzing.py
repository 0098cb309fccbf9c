"""Fuzzing with coverage: ``tests/fuzz/fuzz_targets.py`` under atheris, one process a target.

Its environment is made here, with what hosts embed and atheris, for which there are wheels for
Linux and macOS and up to Python 3.13; it is in no lock, since nothing of ours needs it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from devtools.env import CACHE, CORE_LOCK, DEV_LOCK, ensure, python_in
from devtools.pythons import find_python
from devtools.shell import ROOT, Failed, inner_environment, require, say

__all__ = ["fuzz"]

_ATHERIS = "atheris==3.0.0"
_PYTHON = "3.11"
_OUT = ROOT / "out" / "fuzz"
_FOLDER = ROOT / "tests" / "fuzz"
_LIST = "import fuzz_targets; print(*fuzz_targets.TARGETS)"


def _environment() -> Path:
    if sys.platform == "win32":
        raise Failed("atheris has no wheels for Windows; fuzz on Linux or macOS")
    found = find_python(_PYTHON)
    if found is None:
        raise Failed(f"fuzzing needs Python {_PYTHON}, which is not found")
    venv = CACHE / "fuzz"
    python = ensure(venv, CORE_LOCK, base=found[0], version=found[1])
    wanted = [_ATHERIS, _pinned("cryptography")]  # without the second vaults are not read
    stamp = venv / "audobon-atheris.txt"
    if not stamp.exists() or stamp.read_text("utf-8") != "\n".join(wanted):
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
        require([*pip, "install", *wanted], f"installing {' and '.join(wanted)}")
        stamp.write_text("\n".join(wanted), "utf-8")
    return python_in(venv)


def _pinned(name: str) -> str:
    """A package as the environment of the tests has it."""
    found = re.search(rf"^{name}==[\w.]+", DEV_LOCK.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise Failed(f"{DEV_LOCK.name} does not pin {name}")
    return found[0]


def fuzz(options: argparse.Namespace, rest: list[str]) -> int:
    """Run targets for a number of inputs each; 1 where one of them was broken."""
    python = _environment()
    environment = {**inner_environment(), "PYTHONPATH": f"{_FOLDER}:{ROOT / 'sdk'}"}
    asked = subprocess.run(
        [python, "-c", _LIST],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise Failed(f"the targets cannot be loaded:\n{asked.stderr[-3000:]}")
    known = asked.stdout.split()
    if unknown := set(rest) - set(known):
        raise Failed(f"no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    broken = 0
    say(f"{'target':<12}{'inputs':>10}{'a second':>10}{'covered':>9}{'MB':>6}  found")
    for name in rest or known:
        folder = _OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        log = folder / "log.txt"
        with open(log, "w", encoding="utf-8", errors="replace") as stream:
            status = subprocess.run(
                [python, _FOLDER / "campaign.py", name, str(options.runs), folder],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        text = log.read_text("utf-8", "replace")
        done = _last(r"stat::number_of_executed_units:\s+(\d+)", text) or _last(r"#(\d+)\s", text)
        rate = int(done or 0) / max(time.monotonic() - began, 0.001)
        covered, memory = _last(r"cov: (\d+)", text), _last(r"rss: (\d+)Mb", text)
        found = _last(r"Test unit written to (\S+)", text) or (
            f"see {log}" if status else "nothing"
        )
        broken += status != 0
        say(f"{name:<12}{done or 0:>10}{rate:>10.0f}{covered or 0:>9}{memory or 0:>6}  {found}")
    return 1 if broken else 0


def _last(pattern: str, text: str) -> str | None:
    found = re.findall(pattern, text)
    return found[-1] if found else None
