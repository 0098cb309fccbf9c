"""Environments from the lock: made when needed, left alone when they fit.

An environment carries a stamp of what it was made from. The stamp goes first
and comes back last, so an interrupted build is never taken for a good one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from devtools.shell import ROOT, Failed, call, require, say

__all__ = ["CACHE", "CORE_LOCK", "DEV_LOCK", "VENV", "ensure", "ensure_dev", "python_in"]

VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
DEV_LOCK = ROOT / "requirements" / "dev.txt"
CORE_LOCK = ROOT / "requirements" / "core.txt"
_STAMP = "audobon-stamp.json"
_WAIT_S = 900.0  # a cold build on a slow line took four minutes; more than that is stuck


def python_in(venv: Path) -> Path:
    """The interpreter of the environment ``venv``."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamp_for(lock: Path, version: str) -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    # Only what an installation is made of: a changed lint rule must not cost a reinstallation.
    installed = {key: project.get(key) for key in ("build-system", "project")}
    return {
        # Patch releases share a folder of packages; two of them on one machine must not fight.
        "python": ".".join(version.split(".")[:2]),
        "lock": _digest(lock.read_bytes()),
        "project": _digest(json.dumps(installed, sort_keys=True).encode(), str(ROOT).encode()),
    }


def _read_stamp(venv: Path) -> dict[str, str]:
    try:
        stamp = json.loads((venv / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and python_in(venv).exists() else {}


@contextlib.contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Hold a lock that the system frees when this process dies; Failed after _WAIT_S."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / f"{name}.lock", "a+b") as stream:
        deadline = time.monotonic() + _WAIT_S
        told = False
        while not _try_lock(stream.fileno()):
            if not told:
                say(f"waiting: another process is making {name}")
                told = True
            if time.monotonic() > deadline:
                raise Failed(f"another process has held the lock of {name} for {_WAIT_S:.0f} s")
            time.sleep(0.2)
        yield  # closing the file frees the lock


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _make(venv: Path, base: str) -> None:
    status = call([base, "-m", "venv", "--clear", venv])
    if status or not python_in(venv).exists():
        raise Failed(
            f"{base} cannot make an environment at {venv} (on Debian, the package python3-venv"
            " is needed; on Windows, close programs that use the old one)"
        )


def ensure(venv: Path, lock: Path, *, base: str, version: str) -> Path:
    """Make ``venv`` hold exactly what ``lock`` names, and this checkout; its interpreter.

    ``base`` is the interpreter it is made with, ``version`` that one's full
    version. Returns at once when the stamp fits. A different lock or Python
    gives a fresh environment; a changed ``[project]`` table only a
    reinstallation of the checkout. Safe when several processes ask at once.
    """
    if not lock.exists():
        raise Failed(f"{lock.relative_to(ROOT)} is missing; make it with: tools/dev.py lock")
    wanted = _stamp_for(lock, version)
    if _read_stamp(venv) == wanted:
        return python_in(venv)
    with _only_one(venv.name.lstrip(".")):
        found = _read_stamp(venv)
        if found == wanted:  # the process we waited for made it
            return python_in(venv)
        (venv / _STAMP).unlink(missing_ok=True)
        pip = [str(python_in(venv)), "-m", "pip", "--disable-pip-version-check", "-q"]
        if any(found.get(key) != wanted[key] for key in ("python", "lock")):
            say(f"making {venv.relative_to(ROOT)} with Python {version}")
            _make(venv, base)
            require(
                [*pip, "install", "--require-hashes", "-r", str(lock)],
                f"installing {lock.relative_to(ROOT)}",
            )
        require(
            [*pip, "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
            "installing this checkout",
        )
        part = venv / f"{_STAMP}.part"
        part.write_text(json.dumps(wanted), "utf-8")
        part.replace(venv / _STAMP)
    return python_in(venv)


def ensure_dev() -> Path:
    """The development environment ``.venv``, made if needed; its interpreter."""
    # From inside an environment, a new one must be made with the Python below it.
    base = getattr(sys, "_base_executable", None) or sys.executable
    return ensure(VENV, DEV_LOCK, base=base, version=sys.version.split()[0])
