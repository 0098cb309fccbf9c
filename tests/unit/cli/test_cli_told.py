"""What is told where somebody has written what is not quite meant."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Verb = Callable[..., Result]
posix = pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
WALL = "textures/brick wall.png"
pytestmark = pytest.mark.usefixtures("folder")


def test_an_extension_is_found_with_its_dot_too(verb: Verb) -> None:
    assert verb("search", "ext:.png").stdout == verb("search", "ext:png").stdout
    assert "brick wall.png" in verb("search", "ext:.PN*").stdout
    told = verb("search", "*.png", status=11)
    assert "hint: ext:png finds the files that end so" in told.stderr
    assert "hint" not in verb("search", "wo*d", status=11).stderr


def test_a_comparison_without_a_colon_is_no_word(verb: Verb) -> None:
    told = verb("search", "width>=16", status=11)
    assert "width needs a colon to be a field; write width:>=16" in told.stderr
    assert "0 found" in verb("search", '"width>=16"').stdout


def test_a_folder_is_told_from_what_is_unknown(folder: Path, verb: Verb) -> None:
    told = verb("tag", folder / "textures", "--add", "x", status=20)
    assert f"{folder / 'textures'} is a folder, and no asset" in told.stderr
    assert "path:textures" in told.stderr
    assert "is known as textures/none.png" in verb("tag", "textures/none.png", status=20).stderr
    assert "is known as ''" in verb("show", "", status=20).stderr


@pytest.mark.parametrize(
    "asked",
    [("words", "export"), ("audit", "export"), ("stats", "--page"), ("doctor", "--page")],
    ids=str,
)
def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, verb: Verb, asked: tuple[str, ...]
) -> None:
    told = verb(*asked, tmp_path / "none" / "file", status=20)
    assert f"audobon: the folder {tmp_path / 'none'} does not exist" in told.stderr


def test_what_is_taken_away_is_called_so(verb: Verb) -> None:
    assert verb("edit", WALL, "--set", "artist=Ada").stdout == "set artist (1 asset)\n"
    assert verb("edit", WALL, "--unset", "artist").stdout == "unset artist (1 asset)\n"
    assert verb("undo").stdout == "undo: unset artist\n"


def test_nothing_that_could_be_resumed_is_told(verb: Verb) -> None:
    told = verb("purge", "--resume", status=10).stderr
    assert "no purge was cut off that could be finished" in told


def test_library_and_json_may_stand_before_the_verb(
    folder: Path, tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for early in (("--library", folder, "--json"), ("--json", f"--library={folder}")):
        assert json.loads(verb(*early, "ls").stdout)["assets"]
    assert "Missing argument" in verb("--json", "show", status=2).stderr
    assert "No such option" in verb("--nonsense", "ls", status=2).stderr


def test_an_empty_note_is_not_called_damaged(folder: Path, verb: Verb) -> None:
    (folder / "empty.txt").write_text("")
    verb("add", folder, "--no-worker")
    told = verb("preview", "empty.txt", status=12).stderr
    assert "damaged" not in told


def test_one_long_path_does_not_push_all_else_aside(folder: Path, verb: Verb) -> None:
    (short,) = [line for line in verb("ls").stdout.splitlines() if "brick" in line]
    deep = folder / ("d" * 200) / "x.txt"
    deep.parent.mkdir()
    deep.write_text("x")
    verb("add", folder, "--no-worker")
    lines = verb("ls").stdout.splitlines()
    assert any(line.startswith(f"{'d' * 200}/x.txt  text") for line in lines)
    (brick,) = [line for line in lines if "brick" in line]
    assert brick.split() == short.split()
    assert len(brick) < 120


@posix
def test_the_path_of_what_failed_is_told_once(folder: Path, verb: Verb) -> None:
    (folder / "nowhere.png").symlink_to("none")
    told = verb("add", folder, "--no-worker").stdout
    assert f"\n  {folder / 'nowhere.png'} is a link to nothing\n" in told


def test_a_library_within_another_is_told(folder: Path, verb: Verb) -> None:
    told = verb("init", folder / "textures").stderr
    assert f"it lies within the library {folder}" in told
    assert (folder / "textures" / ".audobon" / "library.toml").exists()


def test_one_file_in_the_way_is_one_file(folder: Path, verb: Verb) -> None:
    verb("commit", "-m", "one")
    verb("branch", "night")
    verb("switch", "night")
    (folder / "notes.txt").write_text("night")
    verb("commit", "-m", "two")
    verb("switch", "main")
    (folder / "notes.txt").write_text("unsaved")
    assert "uncommitted work on 1 file, " in verb("switch", "night", status=30).stderr
