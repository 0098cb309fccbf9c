"""``merge`` and ``resolve`` on the command line: status, text, names of conflicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import audobon
from audobon.testing.pictures import write_png

OAK, WALL = "textures/oak_planks.png", "textures/brick wall.png"
Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]


@pytest.fixture
def forked(folder: Path) -> Path:
    """Both branches have painted the oak and rated the wall; on main."""
    with audobon.Library.open(folder) as lib:
        lib.tags.add("wood")
        lib.commit("one")
        lib.branch("side")
        for branch, width, parent in (("side", 40, "theirs"), ("main", 30, "ours")):
            lib.switch(branch)
            write_png(folder / OAK, width, 8)
            lib.tags.move("wood", parent=lib.tags.add(parent) and parent)
            lib.edit(WALL, rating=width // 10, add_tags=[parent])
            lib.commit(branch)
    return folder


def test_merge_and_resolve(forked: Path, verb: Verb, data: Data) -> None:
    planned = verb("merge", "side", "--plan").stdout
    assert "would merge side" in planned
    assert "3 conflicts:" in planned
    assert "no merge is open" in verb("merge").stdout
    begun = verb("merge", "side", status=30)
    assert "nothing is changed until all is decided" in begun.stdout
    assert "3 conflicts of merging side are open" in begun.stderr
    shown = data("merge", status=30)
    assert {(one["path"], one["what"]) for one in shown["conflicts"]} == {
        (f"MyAssets/{OAK}", "content"),
        (f"MyAssets/{WALL}", "rating"),
        ("tag wood", "parent"),
    }
    assert shown["error"]["id"] == "conflict"
    assert "oak_planks" in verb("commit", "-m", "x", status=30).stderr
    left = data("resolve", OAK, "--take", "both", status=30)
    assert len(left["conflicts"]) == 2
    data("resolve", "tag wood", "--take", "theirs", status=30)
    wall = next(one["id"] for one in left["conflicts"] if one["what"] == "rating")
    done = verb("resolve", wall, "--take", "theirs").stdout
    assert done.startswith("merged side: 1 file written")
    assert (forked / "textures" / "oak_planks (theirs).png").exists()
    assert "merge side" in verb("undo").stdout
    assert not (forked / "textures" / "oak_planks (theirs).png").exists()
    assert "side is being merged" not in verb("merge").stdout


def test_all_at_once_and_merged_already(forked: Path, verb: Verb) -> None:
    verb("merge", "side", "-m", "Both", status=30)
    verb("resolve", "--all", "--take", "ours")
    assert "Both" in verb("log").stdout
    assert "side is merged already" in verb("merge", "side").stdout


def test_abort(forked: Path, verb: Verb, data: Data) -> None:
    verb("merge", "--abort", status=20)
    verb("merge", "side", status=30)
    assert "the merge of side is ended" in verb("merge", "--abort").stdout
    assert data("merge")["conflicts"] == []


def test_force_tells_where_the_work_is(forked: Path, verb: Verb) -> None:
    write_png(forked / OAK, 77, 8)
    refused = verb("merge", "side", status=30)
    assert "uncommitted work" in refused.stderr
    verb("merge", "side", "--force", status=30)
    done = verb("resolve", "--all", "--take", "theirs")
    assert "uncommitted work is kept in version" in done.stderr


def test_misuse(forked: Path, verb: Verb) -> None:
    verb("merge", "--plan", status=10)
    verb("merge", "side", "--abort", status=10)
    verb("resolve", "--all", "--take", "ours", status=20)
    verb("merge", "side", status=30)
    verb("resolve", "--take", "ours", status=10)
    verb("resolve", OAK, "--all", "--take", "ours", status=10)
    verb("resolve", "notes.txt", "--take", "ours", status=20)
    verb("resolve", OAK, status=2)
    verb("resolve", WALL, "--take", "both", status=10)
