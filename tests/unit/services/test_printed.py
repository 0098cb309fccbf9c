"""What a process of an encrypted library prints is sealed; any other's is a file of text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audobon.errors import Conflict, Corrupt, NoKey
from audobon.model.asset import Root
from audobon.services.core import place as places
from audobon.services.core.printed import last_printed, log_for
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.library import LibraryKeys
from audobon.storage.vault.secret import Secret

WORD = "graumoos"
PROCESS = f"""
import json, os, subprocess, sys
from pathlib import Path
from audobon.services.core.place import open_place
from audobon.services.core.printed import print_sealed
from audobon.storage.vault.library import LibraryKeys
keys = LibraryKeys.taken(json.loads(sys.stdin.readline()))
print_sealed(open_place(Path(sys.argv[1]), keys=keys), "worker")
print("{WORD} of python", flush=True)
subprocess.run(["echo", "{WORD} of another"])
os.write(2, b"{WORD} last")
"""


def keys() -> LibraryKeys:
    ident = os.urandom(16)
    masters = {ident: Secret(os.urandom(32))}
    return LibraryKeys(Keys(os.urandom(16), Secret(os.urandom(64)), masters, ident))


def test_nothing_of_it_can_be_read_without_the_keys(tmp_path: Path) -> None:
    made = keys()
    place = places.create_place(tmp_path, WORD, keys=made)
    places.write_library_file(place, (Root(1, f"{WORD}-root", str(tmp_path)),))
    assert log_for(place, "worker") is None
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", PROCESS, str(tmp_path)],
            input=json.dumps(made.handed()) + "\n",
            text=True,
            check=True,
        )
    lines = last_printed(place, "worker", 1 << 16).splitlines()
    assert len(lines) == 6
    assert {line[20:] for line in lines} == {
        *(f"{WORD} of python", f"{WORD} of another", f"{WORD} last")
    }
    assert last_printed(place, "worker", 5) == "last\n"
    for path in place.state.rglob("*"):
        assert WORD not in path.name
        assert not path.is_file() or WORD.encode() not in path.read_bytes(), path


def test_roots_and_settings_are_sealed_and_what_must_be_known_before_is_not(
    tmp_path: Path,
) -> None:
    made = keys()
    place = places.create_place(tmp_path, WORD, keys=made)
    settings = places.Settings(frozenset({"usage"}), {f"{WORD}-root": (".",)})
    places.write_library_file(place, (Root(1, f"{WORD}-root", f"/far/{WORD}"),), settings)
    text = (place.state / "library.toml").read_text()
    assert text.splitlines()[1:] == [
        *("format = 2", f'id = "{place.id}"', "encrypted = true"),
    ]
    again = places.open_place(tmp_path, keys=made)
    assert (again.id, again.name) == (place.id, WORD)
    assert places.read_roots(again) == {f"{WORD}-root": f"/far/{WORD}"}
    assert places.read_settings(again) == settings
    with pytest.raises(NoKey, match="opened without its keys"):
        places.open_place(tmp_path)
    with pytest.raises(Corrupt, match="not under the keys"):
        places.open_place(tmp_path, keys=keys())


def test_a_library_in_clear_is_not_opened_with_keys(tmp_path: Path) -> None:
    place = places.create_place(tmp_path, "clear")
    places.write_library_file(place, ())
    with pytest.raises(Conflict, match="in clear"):
        places.open_place(tmp_path, keys=keys())
    assert (place.state / "library.toml").read_text().splitlines()[1] == "format = 1"
    assert log_for(place, "worker") == place.logs / "worker.log"
    (place.logs / "worker.log").write_text("one\ntwo\n")
    assert last_printed(place, "worker", 4) == "two\n"
    assert last_printed(place, "watcher", 4) == ""
