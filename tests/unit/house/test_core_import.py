"""The core is light, in every Python that a host embeds.

Each Python runs in an environment with the core's own dependencies only, made
by ``tools/dev.py test``; run by plain pytest, this process's Python stands in
for its own version. Everything happens in a fresh process: this one has loaded
far more than a host should.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIST = "AUDOBON_TEST_PYTHONS"  # names a JSON file: {"3.12": "path of its interpreter"}

# Heavy, clashing with a host's own copy, never offline, or a terminal's.
FORBIDDEN = {
    "numpy",
    "openvino",
    "PIL",
    "OpenImageIO",
    "resvg_py",
    "isal",
    "zstandard",
    "blake3",
    "pyfastcdc",
    "cryptography",
    "keyring",
    "google",
    "grpc",
    "click",
    "rich",
    "PyQt5",
    "PyQt6",
    "PySide2",
    "PySide6",
    "bpy",
    "krita",
    "sqlite3",
}

_SCRIPT = """
import json, sys, time
before = set(sys.modules)
started = time.process_time()
import audobon
cpu_ms = (time.process_time() - started) * 1000
bare = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
folder = sys.argv[1]
with audobon.Library.create(folder) as library:
    report = library.add([folder])
    added = len(report.added)
started = time.process_time()
with audobon.Library.open(folder) as library:
    found = [hit.asset.name for hit in library.search("rusty").hits]
    empty = library.search("nothing-like-this").total
open_ms = (time.process_time() - started) * 1000
# What files of site-packages load by themselves, as Google's do with an empty "google", is not
# ours.
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2], "cpu_ms": cpu_ms, "bare": bare, "open_ms": open_ms,
    "loaded": loaded, "added": added, "found": found, "empty": empty,
}))
"""


def _pythons() -> dict[str, str]:
    listed = os.environ.get(LIST)
    if listed:
        found: dict[str, str] = json.loads(Path(listed).read_text("utf-8"))
        return found
    return {".".join(map(str, sys.version_info[:2])): sys.executable}


@pytest.fixture(params=sorted(_pythons()))
def told(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """What a fresh process of that Python reports after create, add, open and search."""
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "rusty metal.txt").write_text("a note", "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [_pythons()[request.param], "-I", "-W", "error", "-c", _SCRIPT, str(folder)],
        # State that is not the library's own goes to the test's folder, too.
        env={**kept, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["version"] == request.param
    return answer


def test_create_open_and_search_load_nothing_heavy(
    told: dict[str, Any], record_property: Any
) -> None:
    record_property("import_cpu_ms", told["cpu_ms"])
    spent = f"import audobon {told['cpu_ms']:.0f} ms, open and search {told['open_ms']:.0f} ms"
    print(f"Python {told['version']}: {spent} of CPU")
    assert told["added"] == 1
    assert told["found"] == ["rusty metal.txt"]
    assert told["empty"] == 0
    assert FORBIDDEN.isdisjoint(told["loaded"])


def test_a_bare_import_loads_no_foreign_library(told: dict[str, Any]) -> None:
    # Names are looked up when they are used: an add-on registers in under 0.1 s.
    assert {"apsw", "tantivy", "pygit2"}.isdisjoint(told["bare"])
