"""Every error that a user can reach from the command line: its status, its message, its JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from audobon.system.locks import FileLock
from audobon.testing.pictures import write_png

WALL = "textures/brick wall.png"
Verb = Callable[..., Result]
Data = Callable[..., dict[str, Any]]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("edit", WALL, "--rating", "9"), 10),
        (("edit", WALL, "--set", "no-value"), 10),
        (("search", "kind:image", "(tag:"), 11),
        (("set", "bad", "(("), 11),
        (("preview", "notes.txt"), 12),
        (("show", "none.png"), 20),
        (("restore", WALL, "HEAD"), 20),
        (("jobs", "--cancel", "99"), 20),
        (("ls", "--library", "/nowhere/at/all"), 21),
        (("init", "."), 30),
        (("add", "none.png"), 20),
    ],
)
def test_the_status_is_the_code_and_json_says_the_same(
    folder: Path, verb: Verb, data: Data, arguments: tuple[str, ...], status: int
) -> None:
    told = verb(*arguments, status=status)
    assert told.stdout == ""
    assert "audobon: " in told.stderr
    error = data(*arguments, status=status)["error"]
    assert set(error) == {"code", "id", "message", "hint", "subject"}
    assert error["code"] == status
    assert error["message"] in told.stderr


def test_a_mistake_in_a_query_is_pointed_at(folder: Path, verb: Verb) -> None:
    query = "kind:image rating:99"
    lines = verb("search", query, status=11).stderr.splitlines()
    assert lines[0] == query
    assert lines[1].index("^") == query.index("99")
    wide = verb("search", "木目 rating:99", status=11).stderr.splitlines()
    assert wide[1].index("^") == len("xxxx rating:")


def test_outside_a_library_the_way_to_one_is_told(tmp_path: Path, verb: Verb) -> None:
    told = verb("ls", status=21)
    assert "nor a folder above it is a library" in told.stderr
    assert "hint: make one with 'audobon init'" in told.stderr


def test_a_bad_file_alone_fails_the_command(folder: Path, verb: Verb, data: Data) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    verb("add", "broken.png", status=41)
    value = data("add", "broken.png", status=41)
    assert value["failed"][0]["error"]["code"] == value["error"]["code"] == 41


def test_a_header_that_cannot_be_read_is_told_and_no_error(
    folder: Path, verb: Verb, data: Data, tmp_path: Path
) -> None:
    write_png(folder / "broken.png", 3, 3)
    verb("add", "broken.png", "--no-worker")
    (folder / "broken.png").write_bytes(b"no picture")
    told = "kept as saved, but its header cannot be read: " + str(folder / "broken.png")
    assert told in verb("add", "broken.png", "--no-worker").stdout
    (folder / "broken.png").write_bytes(b"no picture any more")
    value = data("add", "broken.png", "--no-worker")
    assert value["failed"] == value["unread"]
    assert value["unread"][0]["error"]["code"] == 41
    assert told in verb("snapshot", tmp_path / "place").stdout
    assert told in verb("commit", "-m", "first").stderr
    (folder / "broken.png").write_bytes(b"still no picture")
    assert data("commit", "-m", "second")["stats"]["unread"] == [str(folder / "broken.png")]
    assert told not in verb("commit", "-m", "third").stderr


def test_a_library_of_a_newer_version_is_left_alone(folder: Path, verb: Verb) -> None:
    file = folder / ".audobon" / "library.toml"
    file.write_text(file.read_text().replace("format = 1", "format = 99"))
    before = {path: path.stat().st_mtime_ns for path in (folder / ".audobon").rglob("*")}
    assert "update Audobon" in verb("ls", status=53).stderr
    assert {path: path.stat().st_mtime_ns for path in (folder / ".audobon").rglob("*")} == before


def test_damage_is_told_and_mended(folder: Path, verb: Verb, data: Data) -> None:
    verb("commit", "-m", "first")
    pack = next((folder / ".audobon" / "chunks" / "packs").rglob("*.pack"))
    raw = bytearray(pack.read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(raw)
    assert "mends what can be rebuilt" in verb("verify", status=40).stderr
    value = data("verify", status=40)
    assert value["ok"] is False
    assert value["problems"]
    verb("doctor", "--repair")
    assert data("verify")["ok"] is True


def test_a_sick_library_makes_doctor_fail(folder: Path, verb: Verb, data: Data) -> None:
    head = folder / ".audobon" / "history.git" / "HEAD"
    verb("commit", "-m", "first")
    head.write_bytes(b"nonsense")
    verb("doctor", status=50)
    value = data("doctor", status=50)
    assert (value["ok"], value["error"]["code"]) == (False, 50)


def test_a_held_lock_is_busy(
    folder: Path, tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FileLock.__init__.__kwdefaults__, "timeout_s", 0.3)  # in place of 10
    # A file outside every folder of the library makes a new root, under this lock.
    write_png(tmp_path / "elsewhere" / "x.png")
    with FileLock(folder / ".audobon" / "lock" / "create.lock", note="a test"):
        told = verb("add", tmp_path / "elsewhere", status=31).stderr
    assert "create.lock is held by another process (a test)" in told


def test_wrong_use_is_status_2_also_as_json(folder: Path, command: Command) -> None:
    assert "Did you mean 'search'?" in command("serach").stderr
    done = command("ls", "--limit", "0", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["id"]) == (2, "usage")
    assert command().returncode == 2


def test_a_library_is_named_by_option_environment_or_place(
    folder: Path, tmp_path: Path, command: Command
) -> None:
    elsewhere = tmp_path / "empty"
    deep = folder / "textures"
    expected = command("ls", cwd=folder).stdout
    assert len(expected.splitlines()) == 5
    assert command("ls", cwd=deep).stdout == expected
    assert command("ls", "--library", folder, cwd=elsewhere).stdout == expected
    assert command("ls", cwd=elsewhere, more={"AUDOBON_LIBRARY": str(folder)}).stdout == expected
    assert command("show", "brick wall.png", cwd=deep).returncode == 0
    assert command("ls", cwd=elsewhere).returncode == 21


@pytest.mark.skipif(
    os.name != "posix" or shutil.which("mount") is None or os.geteuid() != 0,
    reason="only root mounts a disk that cannot be written",
)
def test_a_disk_that_cannot_be_written_can_be_read(folder: Path, command: Command) -> None:
    command("commit", "-m", "first")
    view = folder.parent / "view"
    view.mkdir()
    bind = ["mount", "-o", "bind,ro", str(folder), str(view)]
    if subprocess.run(bind, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount")
    try:
        for arguments in (("ls",), ("search", "oak"), ("log",), ("show", WALL), ("stats",)):
            done = command(*arguments, "--library", view)
            assert done.returncode == 0, done.stderr
        done = command("tag", WALL, "--add", "x", "--library", view)
        assert (done.returncode, done.stdout) == (52, "")
    finally:
        subprocess.run(["umount", str(view)], check=True)


def test_what_was_renamed_is_told_with_the_version_that_lacks_it(folder: Path, verb: Verb) -> None:
    verb("commit", "-m", "first")
    (folder / "notes.txt").rename(folder / "renamed.txt")
    assert "'audobon relink' finds what was moved" in verb("commit", "-m", "second").stderr
    assert "renamed.txt" in verb("relink").stdout
    assert "relink" not in verb("commit", "-m", "third").stderr


def test_an_asset_that_was_purged_before_goes_at_a_remote_without_its_name(
    folder: Path, tmp_path: Path, verb: Verb
) -> None:
    verb("remote", "--add", "nas", tmp_path / "nas")
    verb("commit", "-m", "first")
    verb("push", "nas")
    verb("purge", "notes.txt", "--yes")
    told = verb("purge", "notes.txt", "--remote", "nas", "--yes", status=20).stderr
    assert "without its name: --remote nas alone" in told
    assert "nas: purged" in verb("purge", "--remote", "nas", "--yes").stdout


def test_a_link_that_leads_to_itself_is_told(folder: Path, verb: Verb) -> None:
    (folder / "loop").symlink_to("loop")
    told = verb("add", "loop", status=50).stderr
    assert "leads back to itself" in told
    assert "remove the link" in told
