"""``kill -9`` at any instant of a merge, of its last decision, of its undo and of a switch.

After each kill the library opens, no version is lost, and the same thing can
be done again or given up. Half of the kills come after a random time, half at
a random call out of Python.
"""

from __future__ import annotations

import itertools
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_support import git, must_be_sound
from test_fault_kill import Server, order, server

import audobon
from audobon.services.versioning.restore import RESCUE_REF
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")

__all__ = ["server"]  # the fixture, found by its name

_KILLS = 16  # of each of the calls
ASK = "set0/tile0.png"
UNSAVED = "set1/tile1.png"
"""What both the branch and, without a commit, the artist have changed before a forced merge."""


def content(folder: Path) -> dict[str, bytes]:
    """Every file but what a killed writer left, which goes after an hour."""
    return {
        path: data
        for path, (data, _) in tree(folder).items()
        if not path.rpartition("/")[2].startswith(".audobon-")
    }


def metadata(lib: audobon.Library) -> dict[str, tuple[str, tuple[str, ...], int]]:
    return {one.path: (one.state, one.tags, one.rating) for one in lib.assets()}


def forked(lib: audobon.Library, folder: Path) -> None:
    """Two branches with changes of every kind, and one picture that both changed; on main."""
    lib.commit("one")
    lib.branch("side")
    lib.switch("side")
    for number in range(1, 5):
        write_png(folder / f"set{number % 3}" / f"tile{number}.png", 50 + number, 7)
    write_png(folder / ASK, 40, 40)
    write_png(folder / "new" / "rock.png", 5, 5)
    (folder / "set2" / "tile5.png").rename(folder / "moved.png")
    (folder / "set0" / "tile6.png").unlink()
    lib.add(folder)
    lib.edit("set1/tile7.png", add_tags=["theirs"], rating=4)
    lib.commit("theirs")
    lib.switch("main")
    write_png(folder / ASK, 30, 30)
    lib.edit("set1/tile7.png", add_tags=["ours"])
    lib.edit("set2/tile8.png", rating=2)
    lib.commit("ours")


class Points:
    """The library before the call and after it, on disk and in the catalog."""

    def __init__(self, folder: Path, call: str, server: Server) -> None:
        self.whole = {}
        with audobon.Library.open(folder) as lib:
            self.before = content(folder), metadata(lib), lib.log()[0].id
        self.copy = folder.with_name("copy")
        shutil.copytree(folder, self.copy)
        self.whole = server.ask(call=call, folder=str(folder), arguments={})
        assert not self.whole["killed"]
        with audobon.Library.open(folder) as lib:
            self.after = content(folder), metadata(lib)
            assert lib.diff("HEAD", "WORKING").entries == ()
            self.rescued = git(lib, "for-each-ref", "--format=%(objectname)", RESCUE_REF)
        assert self.after != self.before[:2]

    def begin_again(self, folder: Path) -> None:
        shutil.rmtree(folder)
        shutil.copytree(self.copy, folder)


def prepared(lib: audobon.Library, folder: Path, call: str) -> None:
    forked(lib, folder)
    if call == "resolve":
        lib.merge("side")
    elif call in ("merge", "forced"):
        lib.branch("ask", at="side")
        lib.switch("ask")
        (folder / ASK).write_bytes(png_bytes(16, 9))
        write_png(folder / ASK, 30, 30)  # as ours has it: nothing is left to ask
        lib.commit("no question")
        lib.switch("main")
        if call == "forced":
            write_png(folder / UNSAVED, 90, 9)
    elif call == "undo":
        lib.merge("side")
        lib.resolve(lib.conflicts(), "both")
    lib.close()


@pytest.mark.parametrize("call", ["merge", "forced", "resolve", "undo", "switch"])
def test_killed_at_any_instant_it_goes_on_or_is_given_up(
    lib: audobon.Library, folder: Path, server: Server, call: str, soak: int
) -> None:
    prepared(lib, folder, call)
    points = Points(folder, call, server)
    assert bool(points.rescued) == (call == "forced")
    chance = random.Random(random.randrange(1 << 30) if soak > 1 else 77 + len(call))
    killed, turns = 0, itertools.cycle((True, False))
    for number in range(_KILLS * soak):
        points.begin_again(folder)
        answer = server.ask(
            call=call, folder=str(folder), arguments={}, **order(chance, number, points.whole)
        )
        killed += answer["killed"]
        try:
            _survived(folder, call, points, turns)
        except BaseException as error:
            error.add_note(f"kill {number}: {answer}")
            raise
    assert killed >= _KILLS * soak // 2
    server.close()


def _survived(folder: Path, call: str, points: Points, turns: Iterator[bool]) -> None:
    """Every second merge that is found open is given up (``turns``), the others go on."""
    with audobon.Library.open(folder) as lib:
        assert points.before[2] in git(lib, "rev-list", "--all").split(), "a version is lost"
        must_be_sound(lib)
        assert git(lib, "fsck", "--strict", "--no-dangling") == ""
        if call in ("merge", "forced", "resolve") and lib.open_merge() is not None and next(turns):
            lib.abort_merge()
            assert (content(folder), metadata(lib)) == points.before[:2]
            changed = [entry.path for entry in lib.diff("HEAD", "WORKING").entries]
            assert changed == ([f"MyAssets/{UNSAVED}"] if call == "forced" else [])
            return
        _again(lib, call, points)
        assert content(folder) == points.after[0]
        assert metadata(lib) == points.after[1]
        if call == "forced":
            rescued = git(lib, "for-each-ref", "--format=%(objectname)", RESCUE_REF)
            lib.restore(UNSAVED, rescued.split()[-1], to=folder.with_name("rescued.png"))
            kept = folder.with_name("rescued.png")
            assert kept.read_bytes() == points.before[0][UNSAVED]
            kept.unlink()
        assert lib.diff("HEAD", "WORKING").entries == ()
        head = lib.log()[0].id
        assert lib.commit("nothing is left to commit").id == head
        must_be_sound(lib)


def _again(lib: audobon.Library, call: str, points: Points) -> Any:
    """The same call once more, as somebody does who saw it die; done already is fine."""
    if call in ("merge", "forced"):
        return lib.merge("ask", force=call == "forced")
    if call == "switch":
        return lib.switch("side")
    if call == "undo":
        return lib.undo() if lib.log()[0].id == points.before[2] else None
    if lib.conflicts():
        return lib.resolve(lib.conflicts(), "both")
    return lib.merge("side") if lib.open_merge() is not None else None
