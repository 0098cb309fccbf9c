"""Pointers, attributes and layout, with git and git-lfs as the judges."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Invalid
from audobon.model.version import Pointer
from audobon.storage.history import (
    ATTRIBUTES_PATH,
    GITATTRIBUTES,
    LIBRARY_PATH,
    Author,
    History,
    TreeChange,
    is_file_path,
    manifest_path,
    parse_pointer,
    pointer,
)

Git = Callable[..., bytes]
PAGE = Path(__file__).parents[3] / "docs" / "format" / "history.md"
needs_lfs = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=20), st.integers(1, 2**62))
def test_pointers_come_back(data: bytes, size: int) -> None:
    if data:
        assert parse_pointer(pointer(sha256(data), size)) == Pointer(sha256(data), size)


def test_the_pointer_of_an_empty_file_is_empty() -> None:
    assert pointer(sha256(b""), 0) == b""
    assert parse_pointer(b"") == Pointer(sha256(b""), 0)


@pytest.mark.parametrize(
    ("digest", "size"),
    [("", 1), ("g" * 64, 1), ("A" * 64, 1), ("a" * 63, 1), ("a" * 64, -1), ("a" * 64, 0),
     (sha256(b""), 3)],
)  # fmt: skip
def test_no_pointer_to_what_cannot_be(digest: str, size: int) -> None:
    with pytest.raises(Invalid, match="a pointer needs"):
        pointer(digest, size)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"v1", b"v2"), (b"\n", b"\r\n"), (b"sha256", b"sha1"), (b"size 5", b"size 05"),
     (b"size 5", b"size -5"), (b"size 5\n", b"size 5"), (b"size 5\n", b"size 5\n\n"),
     (b"version", b" version"), (b"a" * 64, b"A" * 64), (b"size 5", b"size 9" + b"9" * 30)],
)  # fmt: skip
def test_what_is_nearly_a_pointer_is_a_file(old: bytes, new: bytes) -> None:
    text = pointer("a" * 64, 5)
    assert parse_pointer(text) is not None
    assert parse_pointer(text.replace(old, new)) is None


@needs_lfs
@pytest.mark.parametrize("data", [b"", b"x", b"some bytes" * 1000])
def test_git_lfs_accepts_our_pointers_and_writes_the_same(tmp_path: Path, data: bytes) -> None:
    ours = tmp_path / "pointer"
    ours.write_bytes(pointer(sha256(data), len(data)))
    check = ["git", "lfs", "pointer", "--check", "--strict", "--file", str(ours)]
    assert subprocess.run(check, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    theirs = subprocess.run(
        ["git", "lfs", "clean"], input=data, cwd=tmp_path, check=True, capture_output=True
    )
    assert theirs.stdout == ours.read_bytes()


def test_git_sees_files_as_lfs_and_records_as_text(
    history: History, git: Git, tmp_path: Path
) -> None:
    paths = [b"art/a.png", b"art/deep/er.blend", LIBRARY_PATH, manifest_path("0a1b"), b"x"]
    changes = [TreeChange(path, b"1") for path in paths]
    history.commit(
        [*changes, TreeChange(ATTRIBUTES_PATH, GITATTRIBUTES)],
        message="", author=Author("A"), time=datetime.now(UTC), expected=None,
    )  # fmt: skip
    index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    work = ("--work-tree", str(tmp_path))
    git(*work, "read-tree", "HEAD", **index)
    listing = git(
        *work, "check-attr", "--cached", "filter", "text", "diff", "--",
        *paths, ATTRIBUTES_PATH, **index,
    ).decode()  # fmt: skip
    found: dict[str, list[str]] = {}
    for line in listing.splitlines():
        path, _, value = line.split(": ")
        found.setdefault(path, []).append(value)
    lfs, text = ["lfs", "unset", "lfs"], ["unspecified", "set", "unspecified"]
    for path in [*paths, ATTRIBUTES_PATH]:
        assert found[path.decode()] == (lfs if is_file_path(path) else text), path


def test_manifests_spread_by_the_last_digits() -> None:
    id = "0192f3a4b5c67d8e9fa0b1c2d3e4f506"
    assert manifest_path(id) == f".audobon/assets/f5/06/{id}.json".encode()
    for name in ("", "abc", "../../x1234", "a/b1234", "ABCD", "wxyz"):
        with pytest.raises(Invalid, match="is not an asset id"):
            manifest_path(name)


def _sample(folder: Path) -> None:
    """The history that the format page shows; fixed to the second, so that its hashes are too."""
    oak = b"a picture of an oak"
    id = "0192f3a4b5c67d8e9fa0b1c2d3e4f506"
    files = {
        b"textures/wood/oak.png": pointer(sha256(oak), len(oak)),
        manifest_path(id): b'{"id": "%b"}\n' % id.encode(),
        LIBRARY_PATH: b"{}\n",
        ATTRIBUTES_PATH: GITATTRIBUTES,
    }
    with History.create(folder / "history.git") as history:
        for time, path in enumerate(({}, {b"textures/wood/ash.png": pointer("0" * 64, 12)})):
            history.commit(
                [TreeChange(name, data) for name, data in (files | path).items()],
                message=("Add the oak", "Add the ash")[time],
                author=Author("Ada", "ada@example.org"),
                time=datetime(2026, 3, 1, 12, time, tzinfo=UTC),
                expected=history.head(),
            )


def test_the_format_page_shows_what_git_says(tmp_path: Path) -> None:
    shell = shutil.which("bash")
    if shell is None or shutil.which("git-lfs") is None:
        pytest.skip("the page's commands need bash and git-lfs")
    _sample(tmp_path)
    shown = 0
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for command, expected in re.findall(r"\$ (.*)\n((?:(?!\$ ).*\n)*)", block):
            done = subprocess.run(
                [shell, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False,
                env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path), "LC_ALL": "C"},
            )  # fmt: skip
            assert done.stdout + done.stderr == expected, command
            shown += 1
    assert shown >= 8
