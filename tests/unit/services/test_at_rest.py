"""A library under keys: what can still be read of it on the disk.

A process of its own, so that all that it and its workers write lies in one folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def test_nothing_of_a_library_can_be_read_but_what_is_named(tmp_path: Path) -> None:
    work, home = tmp_path / "work", tmp_path / "work" / "home"
    (home / "tmp").mkdir(parents=True)
    folders = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(home))
    folders["TMPDIR"] = str(home / "tmp")
    folders["AUDOBON_KEYRING"] = "off"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(HERE / "at_rest_job.py"), str(work)],
        env=os.environ | folders | {"AUDOBON_METRICS": "on"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    for found in (told["in the middle"], told["open"], told["closed"], told["again"]["found"]):
        assert found == {}
    assert told["planted"] == {"planted.txt": ["word", "id"]}
    assert told["outside"] == {"written": [], "found": {}, "left": []}
    assert told["seen"]  # what is looked for outside would be found
    assert told["told to workers"] == [True] * 4
    assert told["locks"] == [True, True]
    assert (told["pushed"], told["snapshot"], told["answer"]) == ([3, 0], True, [True] * 3)
    assert told["in clear"] == ["Conflict", "Conflict", "@audobon.json"]
    assert told["recovered"] == [2, True, True, "SQLite format 3", "graumoos note"]
    assert told["inside"] == [
        *("audit.jsonl", "merge.json", "moving.json"),
        *("audit.jsonl", "garbage.json", "recovery.json", "remotes.json", "snapshots.json"),
    ]
    assert (told["merge"], told["journal"], told["points"]) == (False, True, [True])
    assert (told["search"], told["details"], told["audit"]) == (1, [True], [True, True])
    assert told["kept details"]
    assert told["metrics"] == [True, True]
    assert told["details on disk"] == [".after", ".before", ".difference", ".json"]
    assert told["results"] == [True, True, [], None, [".json", ".png"]]
    assert (told["near"], told["gathered"], told["pairs"]) == (True, 1, True)
    assert (told["preview"], told["jobs"], told["secrets"]) == (True, True, [])
    if sys.platform == "linux":  # where a process tells what it was started with
        assert told["processes"] == ["keyedtasks", "workers:main"]
    assert told["doctor"] == [
        ["ok", "is encrypted; nothing of its state was found in clear"],
        [
            "problem",
            "is encrypted, and 1 files of its state lie in clear: derived/planted.txt",
        ],
    ]
    no_key, damaged, opened = ["NoKey", True], ["Corrupt", True], ["opened"]
    assert told["refused"] == {
        **{"wrong": no_key, "wrong recovery key": no_key, "nothing": no_key},
        **{"vault is gone": damaged, "another vault": damaged},
        **{"settings are gone": ["NotFound", True], "the old passphrase": no_key},
        **{"the new one": opened, "the recovery key": opened},
    }
    purged_as_in_clear(told["purge"])
    again = told["again"]
    assert (again["points"], again["remotes"], again["limit"], again["log"]) == (1, 1, 1 << 20, 2)
    assert again["audit"]
    assert again["verify"]


def purged_as_in_clear(told: dict[str, Any]) -> None:
    """Its search finds under keys what it would find without, then nothing; the rest stays."""
    places = {"catalog.db", "chunks/index.db", "history.git", "the lock", "logs/worker.log"}
    assert places <= set(told["before"])
    for folder in ("chunks/damaged", "chunks/packs", "derived/places", "derived/remotes"):
        assert any(where.startswith(folder) for where in told["before"]), folder
    assert (told["proof"], told["after"]) == ([True, []], [])
    assert told["log"] == ["something else"]
    assert (told["sound"], told["others"]) == ([True, True], 1)
