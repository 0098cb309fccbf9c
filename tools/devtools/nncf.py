"""NNCF, which makes networks smaller, in an environment of its own for workers."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from devtools.env import CACHE, python_in
from devtools.shell import ROOT, require, say

__all__ = ["INT8_LOCK", "ensure_nncf"]

INT8_LOCK = ROOT / "requirements" / "int8.txt"
_MADE = "audobon-made.txt"


def ensure_nncf() -> Path:
    """Its Python, with what the extra ``int8`` names, made when there is none: 0.9 GB on disk."""
    venv = CACHE / "nncf"
    digest = hashlib.sha256(INT8_LOCK.read_bytes()).hexdigest()
    made = venv / _MADE
    if made.exists() and made.read_text("ascii") == digest:
        return python_in(venv)
    say(f"making {venv.relative_to(ROOT)}")
    require([sys.executable, "-m", "venv", "--clear", venv], "making an environment for nncf")
    pip: list[str | Path] = [python_in(venv), "-m", "pip", "--disable-pip-version-check", "-q"]
    pip += ["install", "--no-deps", "--require-hashes", "--only-binary=:all:", "-r", INT8_LOCK]
    require(pip, "installing nncf")
    made.write_text(digest, "ascii")
    return python_in(venv)
