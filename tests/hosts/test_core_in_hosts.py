"""The core inside the programs it is made for: it works there and drags nothing in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.hosts

# What the core must not bring into a host: heavy, clashing with the host's own, or not offline.
FORBIDDEN = (
    *("openvino", "PIL", "OpenImageIO", "resvg_py", "isal", "zstandard", "google", "grpc"),
    *("cryptography", "keyring"),
)

# Blender's own start-up may load numpy, so the script reports what *we* added.
_SCRIPT = """
import os, sys, tempfile, time

def main():
    before = set(sys.modules)
    sys.path[:0] = {path!r}.split(os.pathsep)
    started = time.process_time()
    import audobon
    seconds = time.process_time() - started
    folder = tempfile.mkdtemp(dir={folder!r})
    with open(os.path.join(folder, "rusty metal.txt"), "w") as stream:
        stream.write("a note")
    with audobon.Library.create(folder) as library:
        report = library.add([folder])
        added, failed = len(report.added), [str(error) for _, error in report.failed]
    with audobon.Library.open(folder) as library:
        found = [hit.asset.name for hit in library.search("rusty").hits]
    new = sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})
    return {{
        "python": sys.version.split()[0],
        "file": audobon.__file__,
        "added": added,
        "failed": failed,
        "found": found,
        "new": new,
        "cpu_ms": round(seconds * 1000),
    }}
"""


@pytest.mark.parametrize("host", ["blender", "krita"])
def test_create_search_and_open_inside_the_host(
    host: str, request: pytest.FixtureRequest, core_path: str, tmp_path: Path
) -> None:
    run: Callable[[Path], Any] = request.getfixturevalue(host)
    script = tmp_path / "core.py"
    script.write_text(_SCRIPT.format(path=core_path, folder=str(tmp_path)), "utf-8")
    told = run(script)
    print(f"{host}: Python {told['python']}, import audobon {told['cpu_ms']} ms of CPU")
    assert told["file"].startswith(core_path.split(":")[0])
    assert told["failed"] == []
    assert told["added"] == 1
    assert told["found"] == ["rusty metal.txt"]
    brought = set(told["new"])
    assert brought.isdisjoint(FORBIDDEN)
    assert "numpy" not in brought
    assert not [name for name in brought if name.startswith(("PyQt", "PySide"))]
