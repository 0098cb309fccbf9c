"""Commits: what they hold, what they refuse, and that plain git agrees."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, ReadOnly
from audobon.model.version import Version, VersionStats
from audobon.storage.history import Author, History, TreeChange

Git = Callable[..., bytes]
Commit = Callable[..., Version]


def listed(git: Git) -> dict[bytes, bytes]:
    """The tree at HEAD as git sees it: path to bytes."""
    lines = git("ls-tree", "-r", "-z", "HEAD").split(b"\0")
    found = {}
    for line in filter(None, lines):
        head, _, path = line.partition(b"\t")
        found[path] = git("cat-file", "blob", head.split()[2])
    return found


def test_a_new_history_is_empty_and_stands_on_main(history: History, git: Git) -> None:
    assert history.head() is None
    assert history.current_branch() == "main"
    assert history.log() == ()
    assert history.branches() == ()
    assert git("rev-parse", "--is-bare-repository") == b"true\n"
    with pytest.raises(NotFound, match="names no version") as caught:
        history.resolve("HEAD")
    assert "nothing has been committed" in caught.value.hint


def test_git_reads_what_was_committed(history: History, commit: Commit, git: Git) -> None:
    files = {b"art/wood/oak.png": b"one", b"art/stone.png": b"two", b".audobon/x.json": b"{}"}
    version = commit(files, "first import\n\nwith a body")
    assert listed(git) == files
    assert git("fsck", "--strict", "--full") == b""
    assert git("log", "-1", "--format=%H|%an|%ae|%aI|%s").decode().strip() == (
        f"{version.id}|Ada Lovelace|ada@example.org|2026-03-01T12:30:00+00:00|first import"
    )
    assert git("show", "HEAD:art/stone.png") == b"two"
    assert version.message == "first import\n\nwith a body"
    assert version.author == "Ada Lovelace <ada@example.org>"
    assert version.stats == VersionStats(added=2)


def test_counts_are_of_users_files_and_survive_reopening(
    history: History, commit: Commit, tmp_path: Path
) -> None:
    commit({b"a/1": b"1", b"a/2": b"2", b"a/3": b"3"})
    version = commit(
        {b"a/1": b"one", b"a/2": None, b"b/2": b"2", b"a/4": b"4", b".audobon/z": b"{}"},
        moved=1,
        stored=4096,
    )
    assert version.stats == VersionStats(added=1, modified=1, removed=0, moved=1, stored=4096)
    with History.open(tmp_path / "history.git", read_only=True) as again:
        assert again.version("HEAD") == version
        assert again.log()[0] == version


def test_an_unchanged_tree_makes_no_version(history: History, commit: Commit) -> None:
    first = commit({b"a/b": b"1"})
    assert commit({b"a/b": b"1", b"gone": None, b"a/gone/too": None}) == first
    assert commit({}) == first
    assert history.log() == (first,)


def test_the_time_keeps_its_zone_for_git_and_is_utc_for_us(
    history: History, commit: Commit, git: Git
) -> None:
    time = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    version = commit({b"a": b"1"}, time=time)
    assert version.time == time
    assert version.time.tzinfo is UTC
    assert git("log", "-1", "--format=%aI").strip() == b"2026-03-01T12:00:00+05:30"


def test_a_stale_tip_is_a_conflict_and_changes_nothing(history: History, commit: Commit) -> None:
    first = commit({b"a": b"1"})
    second = commit({b"a": b"2"})
    for stale in (None, first.id):
        with pytest.raises(Conflict, match="has moved on"):
            commit({b"a": b"3"}, expected=stale)
    assert history.head() == second.id
    with pytest.raises(Conflict):
        commit({b"a": b"3"}, ref="other", expected=second.id)


def test_a_file_becomes_a_folder_and_back(history: History, commit: Commit, git: Git) -> None:
    commit({b"x": b"file", b"y": b"keep"})
    commit({b"x": None, b"x/in": b"folder"})
    assert listed(git) == {b"x/in": b"folder", b"y": b"keep"}
    commit({b"x/in": None, b"x": b"file"})
    assert listed(git) == {b"x": b"file", b"y": b"keep"}
    git("fsck", "--strict")


def test_a_file_never_takes_the_place_of_a_full_folder(history: History, commit: Commit) -> None:
    first = commit({b"x/in": b"1", b"y": b"2"})
    with pytest.raises(Invalid, match="still has files"):
        commit({b"x": b"file"})
    with pytest.raises(Invalid, match="a file of that name is there"):
        commit({b"y/in": b"file"})
    with pytest.raises(Invalid, match="still has files"):
        commit({b"new": b"file", b"new/in": b"file"})
    assert history.head() == first.id
    assert commit({b"x": None, b"y/in": None}) == first  # nothing of that name is there


def test_removing_the_last_file_leaves_an_empty_version(
    history: History, commit: Commit, git: Git
) -> None:
    commit({b"a/b/c": b"1"})
    version = commit({b"a/b/c": None})
    assert listed(git) == {}
    assert history.read(version.id, b"a/b/c") is None
    assert list(history.walk("HEAD")) == []
    assert commit({b"n": b"1"}).parents == (version.id,)
    git("fsck", "--strict")


def test_git_sorts_folders_with_a_slash(history: History, commit: Commit, git: Git) -> None:
    files = {name: name for name in (b"a-b", b"a/x", b"a.b", b"a0", b"ab/y", b"a\xff/z")}
    commit(files)
    git("fsck", "--strict")
    assert listed(git) == files
    commit({b"a/y": b"2", b"a.b/1": None})
    git("fsck", "--strict")


def test_names_are_any_bytes(history: History, commit: Commit, git: Git) -> None:
    files = {
        b"latin/\xe4\xf6.png": b"1",
        b"\xff\xfe/\x80": b"2",
        "日本/素材.blend".encode(): b"3",
        b"sp ace/new\nline\ttab": b"4",
        b"quote\"'\\back": b"5",
    }
    commit(files)
    assert listed(git) == files
    assert {path: history.blob(id) for path, id in history.walk("HEAD")} == files
    assert history.read_many("HEAD", files) == files
    git("fsck", "--strict")


@pytest.mark.parametrize(
    "path",
    [
        b"", b"/a", b"a/", b"a//b", b"a/./b", b"../a", b"a\0b", b".git", b"a/.GIT/b", b"git~1",
        b"GIT~1/x", b".git /x", b".git...", b".git::$INDEX_ALLOCATION", b".g\xe2\x80\x8cit/x",
        b"x\\.git", b"/".join([b"d"] * 257),
    ],
)  # fmt: skip
def test_names_that_git_refuses_are_refused(path: bytes) -> None:
    with pytest.raises(Invalid, match="history cannot hold"):
        TreeChange(path, b"")


@pytest.mark.parametrize(
    "path", [b".gitignore", b".github/x", b"x.git", b"git", b"git~2", b"...", b".git x", b"..a"]
)
def test_names_that_only_look_like_it_are_taken(
    history: History, commit: Commit, git: Git, path: bytes
) -> None:
    commit({path: b"1"})
    assert listed(git) == {path: b"1"}
    git("fsck", "--strict")


def test_people_and_times_that_git_cannot_write_are_refused(commit: Commit) -> None:
    for name in ("a<b", "a\nb", "a\0"):
        with pytest.raises(Invalid, match="author's name"):
            Author(name, "x@example.org")
    for name in ("", "  ", ";"):
        with pytest.raises(Invalid, match="not one that git can write"):
            commit({b"a": b"1"}, author=Author(name, "x@example.org"))
    with pytest.raises(Invalid, match="needs a zone"):
        commit({b"a": b"1"}, time=datetime(2026, 1, 1))
    with pytest.raises(Invalid, match="after 1970"):
        commit({b"a": b"1"}, time=datetime(1960, 1, 1, tzinfo=UTC))
    with pytest.raises(Invalid, match="zero byte"):
        commit({b"a": b"1"}, "a\0b")
    assert commit({b"a": b"1"}, author=Author("Ada")).author == "Ada"


def test_messages_keep_their_words(history: History, commit: Commit) -> None:
    texts = ["", "ünïcode 🪵", "Audobon-Stats: added=9", "a\n\nSigned-off-by: x", "  indented"]
    for number, text in enumerate(texts):
        assert commit({b"a": b"%d" % number}, text).message == text


def test_a_bulk_commit_is_one_pack(history: History, commit: Commit, git: Git) -> None:
    files = {b"art/%03d/%d.png" % (n % 97, n): b"data %d" % (n % 450) for n in range(500)}
    version = commit(files)
    assert version.stats == VersionStats(added=500)
    stats = history.stats()
    assert (stats.loose, stats.packs) == (1, 1)  # the commit itself is the loose one
    assert stats.packed == 450 + 97 + 2  # equal files are one object
    assert listed(git) == files
    git("fsck", "--strict", "--full")
    for pack in (history.folder / "objects" / "pack").glob("*.idx"):
        git("verify-pack", str(pack))


def test_a_refused_bulk_commit_leaves_no_file(history: History, commit: Commit) -> None:
    commit({b"x": b"file"})
    files = {b"a/%d" % n: b"%d" % n for n in range(300)}
    with pytest.raises(Invalid):
        commit({**files, b"x/in": b"1"})
    assert list((history.folder / "objects" / "pack").iterdir()) == []


def test_reading_only_refuses_to_write(history: History, commit: Commit) -> None:
    commit({b"a": b"1"})
    with History.open(history.folder, read_only=True) as reader:
        assert reader.read("HEAD", b"a") == b"1"
        with pytest.raises(ReadOnly):
            reader.commit([], message="", author=Author("A"), time=datetime.now(UTC), expected=None)
        with pytest.raises(ReadOnly):
            reader.pack()


def test_what_is_no_history_is_told_apart(tmp_path: Path, history: History) -> None:
    with pytest.raises(NotFound, match="holds no history"):
        History.open(tmp_path / "nothing")
    with pytest.raises(Conflict, match="exists already"):
        History.create(tmp_path / "history.git")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "HEAD").write_text("ref: refs/heads/main\n")
    with pytest.raises(Corrupt):
        History.open(broken)


def test_a_history_lies_in_a_work_tree_and_stays_itself(tmp_path: Path, git: Git) -> None:
    # A missing history must never be looked for in the folders above.
    inner = tmp_path / "history.git"
    History.create(inner).close()
    (inner / "sub").mkdir()
    with pytest.raises(NotFound):
        History.open(inner / "sub")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away"
)
def test_a_history_of_another_user_opens(history: History, commit: Commit) -> None:
    version = commit({b"a": b"1"})
    for folder, _, files in os.walk(history.folder):
        for name in ("", *files):
            os.chown(Path(folder, name), 12345, 12345)
    with History.open(history.folder) as again:
        assert again.head() == version.id
