"""Writing the locks: every package of the environments, exact and with its hashes."""

from __future__ import annotations

import os
import shutil

from devtools.bigquery import BIGQUERY, BIGQUERY_LOCK, VERSION
from devtools.env import CORE_LOCK, DEV_LOCK, VENV
from devtools.nncf import INT8_LOCK
from devtools.plainsqlite import PLAIN, PLAIN_LOCK
from devtools.shell import ROOT, Failed, require, say

__all__ = ["write_locks"]

# What every release of ours must still run on; newer ones are solved by markers.
_OLDEST = "3.11"
_BUILD = "requirements/build.in"


def _find_uv() -> str:
    inside = VENV / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    found = str(inside) if inside.exists() else shutil.which("uv")
    if not found:
        raise Failed("uv is not installed; run tools/dev.py env first, or: pip install uv")
    return found


def write_locks() -> None:
    """Write ``requirements/core.txt`` (what hosts embed) and ``dev.txt`` from pyproject.toml.

    Also ``int8.txt`` (workers with NNCF), ``plain.txt`` from ``plain.in``, and ``bigquery.txt``
    from what ``bigquery.in`` names.

    One solution for all platforms and Pythons, with hashes and without any
    registry's address, so that each machine uses the registry it is set up for.
    Versions already locked stay unless they no longer fit.
    """
    uv = _find_uv()
    flags = ["--universal", "--generate-hashes", "--quiet"]
    oldest = ["--python-version", _OLDEST]
    flags += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"]
    dev = ["pyproject.toml", _BUILD, "--extra", "dev"]
    core = ["pyproject.toml", _BUILD]
    locks = [(dev, DEV_LOCK, oldest), (core, CORE_LOCK, [*oldest, "-c", str(DEV_LOCK)])]
    locks.append(([PLAIN], PLAIN_LOCK, oldest))
    # Not held to dev.txt: NNCF wants an older numpy.
    locks.append((["pyproject.toml", "--extra", "int8"], INT8_LOCK, oldest))
    newer = ["--no-deps", "--python-version", VERSION]
    locks.append(([BIGQUERY], BIGQUERY_LOCK, newer))
    for what, lock, more in locks:
        name = str(lock.relative_to(ROOT))
        require([uv, "pip", "compile", *flags, *what, *more, "-o", name], f"locking {name}")
        say(f"wrote {name}")
