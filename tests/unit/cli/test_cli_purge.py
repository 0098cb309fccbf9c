"""``audobon purge``: first the plan, then the deed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import Invalid, NotFound


def test_the_plan_and_then_the_deed(
    folder: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    verb("commit", "-m", "all of it")
    verb("commit", "-m", "nothing new")
    wall = "textures/brick wall.png"
    told = verb("purge", wall).stdout
    assert "would go: MyAssets/textures/brick wall.png" in told
    assert "1 version to write anew" in told
    assert "nothing is changed; --yes does it" in told
    assert (folder / wall).exists()
    assert data("log")["versions"][0]["message"] == "all of it"
    told = verb("purge", wall, "--yes").stdout
    assert "gone: MyAssets/textures/brick wall.png" in told
    assert "nothing of it found" in told
    assert "not reached: " in told
    assert not (folder / wall).exists()
    verb("show", wall, status=NotFound.code)
    assert data("verify")["ok"]
    verb("purge", wall, "--yes", status=NotFound.code)
    kept = data("purge", "notes.txt", "--keep-files", "--yes")
    assert kept["ok"]
    assert (folder / "notes.txt").exists()


def test_what_to_purge_is_asked(folder: Path, verb: Callable[..., Any]) -> None:
    verb("purge", status=Invalid.code)
    verb("purge", "notes.txt", "--resume", status=Invalid.code)
    verb("purge", "--resume", "--yes", status=Invalid.code)
    assert (folder / "notes.txt").exists()
