"""Several processes in one library at once: nobody's work is lost, nobody is refused."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_support import damage, digest_of, git, must_be_sound

import audobon
from audobon.errors import Unavailable

_SECONDS = 6.0


def crowd(folder: Path, count: int, seconds: float) -> list[dict[str, Any]]:
    """What each member of a crowd of ``count`` processes says it has done."""
    script = Path(__file__).with_name("crowdmember.py")
    members = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder), f"m{number}", str(number), str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    done = [(*member.communicate(), member.returncode) for member in members]
    for out, err, status in done:
        assert status == 0, out + err
    return [json.loads(out) for out, _, _ in done]


@pytest.mark.parametrize("count", [2, 8])
def test_many_processes_at_once(
    lib: audobon.Library, folder: Path, tmp_path: Path, count: int, soak: int
) -> None:
    first = lib.commit("before the crowd")
    lib.start_worker()  # makes previews of what everybody adds, at the same time
    told = crowd(folder, count, _SECONDS * soak)
    for member in told:
        assert member["errors"] == []
        assert member["busy"] == 0
    for tag, assets in [pair for member in told for pair in member["tags"].items()]:
        assert sorted(hit.asset.id for hit in lib.search(f"tag:{tag}").hits) == assets
        assert all(tag in lib.get(ident).tags for ident in assets), f"{tag} is lost"
    last = lib.commit("after the crowd")
    _one_line(lib, first, last, {ident for member in told for ident in member["versions"]})
    files = [Path(name) for member in told for name in member["files"]]
    assert len(files) >= count
    listed = lib.find_ids("")
    assert len(listed) == len(set(listed)) == len(lib.assets(limit=10_000)) == 12 + len(files)
    for file in files:
        assert lib.search(f"name:{file.stem}").total >= 1
        back = lib.restore(file, last.id, tmp_path / "back.png")
        assert digest_of(Path(back)) == digest_of(file)
    lib.work()
    assert all(lib.preview(file) for file in files)
    assert lib.jobs("failed") == ()
    must_be_sound(lib)


_OPENER = """
import sys, audobon
with audobon.Library.open(sys.argv[1]) as lib:
    assert len(lib.assets()) == 12, lib.assets()
    lib.edit("notes.txt", add_tags=[sys.argv[2]])
"""


def test_processes_that_open_a_damaged_library_at_once(
    lib: audobon.Library, folder: Path, soak: int
) -> None:
    """One builds the catalog again, the others wait for it; what they edit then is kept."""
    lib.commit("one")
    lib.close()
    for turn in range(1, 3 * soak + 1):
        damage(folder / ".audobon" / "catalog.db", 0, length=100)
        openers = [
            subprocess.Popen([sys.executable, "-c", _OPENER, str(folder), f"t{number}"])
            for number in range(4)
        ]
        assert [opener.wait() for opener in openers] == [0, 0, 0, 0]
        with audobon.Library.open(folder) as again:
            assert again.get("notes.txt").tags == ("t0", "t1", "t2", "t3")
            assert len(list(again.state_path.glob("catalog-damaged-*.db"))) == turn
            must_be_sound(again)


def test_who_has_a_library_open_while_it_is_built_again(lib: audobon.Library, folder: Path) -> None:
    """It goes on reading, is asked to open the library again, and loses nobody's change."""
    lib.commit("one")
    lib.edit("notes.txt", add_tags=["uncommitted"])
    assert lib.search("tag:uncommitted").total == 1
    damage(folder / ".audobon" / "catalog.db", 0, length=100)
    subprocess.run([sys.executable, "-c", _OPENER, str(folder), "theirs"], check=True)
    if lib.get("notes.txt").tags == ("theirs",):  # else what was in memory still answered the other
        with pytest.raises(Unavailable, match="replaced"):
            lib.edit("notes.txt", add_tags=["mine"])
        assert lib.search("tag:theirs").total == 1
    lib.close()
    with audobon.Library.open(folder) as again:
        assert "theirs" in again.get("notes.txt").tags
        assert again.search("tag:theirs").total == 1
        must_be_sound(again)


def _one_line(
    lib: audobon.Library, first: audobon.Version, last: audobon.Version, told: set[str]
) -> None:
    log = lib.log(limit=10_000)
    assert (log[0].id, log[-1].id) == (last.id, first.id)
    for newer, older in itertools.pairwise(log):
        assert newer.parents == (older.id,), "the history has branched"
    assert told <= {version.id for version in log}, "a version is lost"
    assert git(lib, "fsck", "--strict", "--no-dangling") == ""
