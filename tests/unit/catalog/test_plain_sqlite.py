"""A library where an ``apsw`` without ciphers comes first: that of another add-on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import audobon
from devtools.plainsqlite import ensure_plain

PROCESS = """
import json, sys
from pathlib import Path
import audobon
from audobon.errors import MissingExtra
from audobon.services.places import homevault
from audobon.services.versioning import opening
from audobon.storage.catalog import Catalog
from audobon.storage.history import History
from audobon.storage.vault.secret import Secret

folder, empty = Path(sys.argv[1]), Path(sys.argv[2])
told = {}
with audobon.Library.open(folder) as lib:
    lib.edit(lib.assets()[0], note="seen")
    told["versions"] = lib.commit("second") is not None and len(lib.log())
    told["found"] = lib.search("graumoos").total
    checks = [one for one in lib.doctor().checks if one.name == "encryption"]
    told["doctor"] = [[one.state, one.hint] for one in checks]
key = Secret(bytes(32))
tries = {
    "catalog": lambda: Catalog.create(empty / "catalog.db", library_id="x", key=key),
    "history": lambda: History.create(empty / "history.git", key=key),
    "library": lambda: opening.create(empty, None, "Ada", seal=lambda state: None),
    "vault": lambda: homevault.unlock(empty, homevault.Means()),
}
for what, call in tries.items():
    try:
        call()
    except MissingExtra as error:
        told[what] = str(error)
told["made"] = [path.name for path in empty.iterdir()]
print(json.dumps(told))
"""


def test_everything_works_and_a_key_is_refused_before_a_file_is_made(tmp_path: Path) -> None:
    """It would take the key, ignore it and write in clear."""
    folder, empty = tmp_path / "art", tmp_path / "empty"
    folder.mkdir()
    empty.mkdir()
    (folder / "graumoos.txt").write_text("a note")
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        lib.commit("first")
        assert not [one for one in lib.doctor().checks if one.name == "encryption"]
    plain = ensure_plain()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROCESS, str(folder), str(empty)],
        env={**os.environ, "PYTHONPATH": str(plain)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["versions"], told["found"], told["made"]) == (2, 1, [])
    assert [state for state, _ in told["doctor"]] == ["off"]
    for what in ("catalog", "history", "library", "vault"):
        assert f"and {plain}" in told[what], what
    assert "pip install apsw-sqlite3mc" in told["doctor"][0][1]
    assert "switch off the add-on" in told["doctor"][0][1]
