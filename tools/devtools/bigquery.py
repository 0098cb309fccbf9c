"""local-bigquery, which answers as BigQuery does, in an environment of its own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from devtools.env import CACHE, python_in
from devtools.pythons import find_python
from devtools.shell import ROOT, Failed, require, say

__all__ = ["BIGQUERY", "BIGQUERY_LOCK", "VERSION", "ensure_bigquery"]

BIGQUERY = "requirements/bigquery.in"
BIGQUERY_LOCK = ROOT / "requirements" / "bigquery.txt"
VERSION = "3.13"
_MADE = "audobon-made.txt"
_EXTENSIONS = """
import pathlib, sys
import duckdb
found = pathlib.Path(sys.prefix).rglob("duckdb_extension_*/extensions/*/*.duckdb_extension")
for path in sorted(found):
    duckdb.execute(f"INSTALL '{path}'")
"""


def ensure_bigquery() -> Path:
    """Its Python, made when there is none: 0.9 GB. Failed where Python 3.13 is not there.

    Its home is the folder ``home`` of the environment, where DuckDB finds its extensions.
    """
    venv = CACHE / "bigquery"
    digest = hashlib.sha256(BIGQUERY_LOCK.read_bytes()).hexdigest()
    made = venv / _MADE
    if made.exists() and made.read_text("ascii") == digest:
        return python_in(venv)
    found = find_python(VERSION)
    if found is None:
        raise Failed(f"local-bigquery needs Python {VERSION}, which was not found")
    say(f"making {venv.relative_to(ROOT)} with Python {found[1]}")
    require([found[0], "-m", "venv", "--clear", venv], "making an environment for local-bigquery")
    pip: list[str | Path] = [python_in(venv), "-m", "pip", "--disable-pip-version-check", "-q"]
    pip += ["install", "--no-deps", "--require-hashes", "-r", BIGQUERY_LOCK]
    require(pip, "installing local-bigquery")
    home = venv / "home"
    home.mkdir()
    names = dict.fromkeys(("HOME", "USERPROFILE"), os.fspath(home))
    require([python_in(venv), "-c", _EXTENSIONS], "installing DuckDB's extensions", extra=names)
    made.write_text(digest, "ascii")
    return python_in(venv)
