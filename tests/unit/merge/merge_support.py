"""What the tests of merging share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

import audobon
from audobon.codec.manifest import dump_manifest, parse_manifest
from audobon.model.merge import MergeConflict, MergeReport
from audobon.storage.history import Author, History, TreeChange, manifest_path, pointer
from audobon.testing.folders import tree

__all__ = [
    "OAK",
    "SEAT",
    "STONE",
    "WALL",
    "Work",
    "both_sides",
    "content",
    "git",
    "move_on_side",
    "name_on_side",
    "only",
    "state",
]

OAK, WALL = "textures/oak_planks.png", "textures/brick_wall.png"
STONE, SEAT = "textures/mossy_stone.png", "props/seat.png"

Work = Callable[[audobon.Library, Path], object]


def both_sides(lib: audobon.Library, *, ours: Work, theirs: Work) -> None:
    """Do and commit one thing on main and another on side; main is current afterwards."""
    folder = lib.path
    lib.switch("side")
    theirs(lib, folder)
    lib.add(folder)
    lib.commit("theirs")
    lib.switch("main")
    ours(lib, folder)
    lib.add(folder)
    lib.commit("ours")


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of every file."""
    return {path: data for path, (data, _) in tree(folder).items()}


def state(lib: audobon.Library) -> dict[str, tuple[str, tuple[str, ...], int, str]]:
    """State, tags, rating and note of every asset by path."""
    return {one.path: (one.state, one.tags, one.rating, one.note) for one in lib.assets()}


def only(report: MergeReport) -> MergeConflict:
    """The one conflict that there is."""
    assert not report.merged
    [conflict] = report.conflicts
    return conflict


def git(lib: audobon.Library, *arguments: str) -> str:
    """Plain git's answer about the history."""
    command = ["git", "-C", str(lib.state_path / "history.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def move_on_side(lib: audobon.Library, path: str, to: str) -> str:
    """A version of side in which a file lies elsewhere, as another machine has made it; its id."""
    return _made_elsewhere(lib, path, path=to)


def name_on_side(lib: audobon.Library, path: str, ident: str) -> str:
    """A version of side in which a file is the asset ``ident``, as who took both over has it."""
    return _made_elsewhere(lib, path, id=ident)


def _made_elsewhere(lib: audobon.Library, path: str, /, **other: str) -> str:
    with History.open(lib.state_path / "history.git") as history:
        tip = history.head("side")
        for where, blob in history.walk("side", prefix=b".audobon/assets"):
            manifest = parse_manifest(history.blob(blob))
            if manifest.path == path:
                made = evolve(manifest, **other)
                place = f"{made.root}/{made.path}".encode()
                gone = {f"{manifest.root}/{path}".encode(), where}
                gone -= {place, manifest_path(made.id)}
                history.commit(
                    [
                        *(TreeChange(one, None) for one in sorted(gone)),
                        TreeChange(place, pointer(made.digest, made.size)),
                        TreeChange(manifest_path(made.id), dump_manifest(made)),
                    ],
                    message="from another machine",
                    author=Author("Bo"),
                    time=lib.log()[0].time,
                    expected=tip,
                    ref="side",
                )
                return made.id
    raise AssertionError(path)
