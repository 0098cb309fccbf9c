"""Reading: revisions, logs, differences, checks, and the model that they must agree with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.model.version import Version, VersionStats
from audobon.storage.history import Author, Branch, History, Tag, TreeChange

Git = Callable[..., bytes]
Commit = Callable[..., Version]


def test_revisions(history: History, commit: Commit, git: Git) -> None:
    ids = [commit({b"a": b"%d" % n}).id for n in range(5)]
    git("tag", "v1", ids[1])
    git("tag", "-a", "-m", "note", "v2", ids[2])
    git("branch", "look/dev", ids[3])
    git("branch", "v1", ids[4])
    expected = {
        "HEAD": ids[4], "@": ids[4], "main": ids[4], "HEAD~1": ids[3], "HEAD~": ids[3],
        "HEAD~0": ids[4], "HEAD^": ids[3], "HEAD^^": ids[2], "main~2^": ids[1], "HEAD^0": ids[4],
        "v2": ids[2], "v2~2": ids[0], "look/dev": ids[3], "refs/heads/look/dev": ids[3],
        "v1": ids[4], "refs/tags/v1": ids[1],  # a branch goes before a tag of its name
        ids[0]: ids[0], ids[0].upper(): ids[0], ids[0][:12]: ids[0], f"{ids[4][:10]}~3": ids[1],
    }  # fmt: skip
    assert {name: history.resolve(name) for name in expected} == expected
    unknown = ["", "nope", "HEAD~5", "HEAD^2", "~1", "config", "a b", "0" * 40, ids[0][:3]]
    unknown += ["HEAD@{1}", ":/change", "main..v2", "HEAD~" + "9" * 40, "\0", "é\udcff"]
    for name in unknown:
        with pytest.raises(NotFound, match="names no version"):
            history.resolve(name)
    with pytest.raises(NotFound) as caught:
        history.resolve("look/dex")
    assert caught.value.hint == "did you mean look/dev?"


def test_a_prefix_that_a_blob_shares_still_names_the_version(
    history: History, commit: Commit, git: Git
) -> None:
    version = commit({b"a": b"1"}).id
    number = 0
    while True:  # some 33,000 tries: a file whose id begins like the version's
        import hashlib

        data = b"%d" % number
        if hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()[:4] == version[:4]:
            break
        number += 1
    git("hash-object", "-w", "--stdin", stdin=data)
    assert history.resolve(version[:4]) == version


def test_branches_and_tags(history: History, commit: Commit, git: Git) -> None:
    first, second = commit({b"a": b"1"}), commit({b"a": b"2"})
    assert history.add_branch("idea", at="HEAD~1") == Branch("idea", first.id)
    assert history.add_tag("v1") == Tag("v1", second.id)
    with pytest.raises(Conflict, match="is taken"):
        history.add_branch("idea")
    for name in ("a b", "-x", "a..b", "x.lock", "HEAD", ""):
        with pytest.raises(Invalid):
            history.add_branch(name)
    history.switch("idea")
    assert history.current_branch() == "idea"
    assert git("symbolic-ref", "HEAD") == b"refs/heads/idea\n"
    third = commit({b"b": b"3"})
    assert history.branches() == (Branch("idea", third.id, True), Branch("main", second.id))
    assert history.tags() == (Tag("v1", second.id),)
    assert history.head("main") == second.id
    assert history.head("nope") is None
    fourth = commit({b"c": b"4"}, ref="main", expected=second.id)
    assert (history.head(), history.head("main")) == (third.id, fourth.id)
    with pytest.raises(NotFound):
        history.switch("nope")
    git("pack-refs", "--all")
    assert history.head("main") == fourth.id


def test_log_pages_and_follows_a_path(history: History, commit: Commit) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = []
    for number in range(12):
        path = (b"a/x", b"a/y", b"b/z")[number % 3]
        time = start + timedelta(seconds=number // 4)  # equal times: order is by descent
        made.append(commit({path: b"%d" % number}, f"change {number}", time=time))
    newest = tuple(reversed(made))
    assert history.log(limit=100) == newest
    pages = [history.log(limit=5)]
    while page := history.log(limit=5, after=pages[-1][-1].id):
        pages.append(page)
    assert sum(pages, ()) == newest
    assert history.log(path=b"a/x") == newest[2::3]
    assert history.log(path=b"a/") == tuple(v for v in newest if v not in newest[::3])
    assert history.log("HEAD~3", path=b"a/x", limit=2) == newest[5:9:3]
    assert history.log(path=b"never/there") == ()
    gone = commit({b"a/x": None})
    assert history.log(path=b"a/x", limit=1) == (gone,)
    assert history.log(limit=0) == ()
    with pytest.raises(NotFound, match="is not in the log"):
        history.log("HEAD~1", after=gone.id)


def test_log_across_merges(history: History, commit: Commit, git: Git) -> None:
    base = commit({b"a": b"1", b"b": b"1"})
    left = commit({b"a": b"2"})
    history.add_branch("side", at=base.id)
    right = commit({b"b": b"2"}, ref="side", expected=base.id)
    tree = git("mktree", stdin=git("ls-tree", left.id, "a") + git("ls-tree", right.id, "b"))
    parents = ("-p", left.id, "-p", right.id)
    merge = git("commit-tree", tree.strip(), *parents, "-m", "merge").decode().strip()
    git("update-ref", "refs/heads/main", merge)
    top = commit({b"c": b"1"})
    log = [version.id for version in history.log()]
    assert (log[:2], log[4:]) == ([top.id, merge], [base.id])
    assert set(log[2:4]) == {left.id, right.id}
    assert history.version(merge).parents == (left.id, right.id)
    assert history.version(merge).stats == VersionStats(modified=1)
    assert [version.id for version in history.log(path=b"b")] == [right.id, base.id]
    assert history.resolve("HEAD~1^2") == right.id
    assert [version.id for version in history.log(after=log[2], limit=1)] == [log[3]]


def test_versions_of_plain_git(history: History, commit: Commit, git: Git, tmp_path: Path) -> None:
    commit({b"a/x": b"1", b"a/y": b"2"})
    work = str(tmp_path / "work")
    Path(work).mkdir()
    git("--work-tree", work, "reset", "--hard", "-q")
    Path(work, "a", "x").write_bytes(b"changed")
    Path(work, "a", "y").unlink()
    Path(work, "run.sh").write_bytes(b"#!")
    Path(work, "run.sh").chmod(0o755)
    git("--work-tree", work, "add", "--all", work)
    git("--work-tree", work, "commit", "-q", "-m", "from git")
    version = history.version("HEAD")
    assert (version.message, version.author) == ("from git", "Git <git@example.org>")
    assert version.stats == VersionStats(added=1, modified=1, removed=1)
    assert history.read("HEAD", b"run.sh") == b"#!"
    commit({b"run.sh": b"#!/bin/sh"})
    assert git("ls-tree", "HEAD", "run.sh").startswith(b"100755")  # the mode stays


def test_changed_and_walk_within_a_folder(history: History, commit: Commit) -> None:
    first = commit({b"a/x": b"1", b"a/sub/y": b"2", b"ab": b"3", b"n": b"4"})
    commit(
        {b"a/x": b"one", b"a/sub": None, b"a/sub/z": b"5", b"ab": None, b"n": None, b"n/n": b"6"}
    )

    def names(a: str | None, b: str, prefix: bytes = b"") -> list[tuple[bytes, str]]:
        marks = {(False, True): "-", (True, False): "+", (False, False): "m"}
        return [
            (d.path, marks[d.old is None, d.new is None]) for d in history.changed(a, b, prefix)
        ]

    assert names("HEAD~1", "HEAD") == [
        (b"a/sub/z", "+"), (b"a/x", "m"), (b"ab", "-"), (b"n", "-"), (b"n/n", "+"),
    ]  # fmt: skip
    assert names("HEAD", "HEAD") == []
    assert names("HEAD~1", "HEAD", b"a/sub") == [(b"a/sub/z", "+")]
    assert names("HEAD~1", "HEAD", b"a/x") == [(b"a/x", "m")]
    assert names("HEAD~1", "HEAD", b"n") == [(b"n", "-"), (b"n/n", "+")]
    assert names("HEAD~1", "HEAD", b"none/") == []
    assert names(None, first.id, b"a") == [(b"a/sub/y", "+"), (b"a/x", "+")]
    assert [path for path, _ in history.walk(first.id, b"a/")] == [b"a/sub/y", b"a/x"]
    assert [path for path, _ in history.walk(first.id, b"ab")] == [b"ab"]
    assert list(history.walk(first.id, b"a/none")) == []
    assert history.read_many("HEAD", [b"a/x", b"a", b"a/x/y", b"gone"]) == {b"a/x": b"one"}


def test_blobs(history: History, commit: Commit) -> None:
    commit({b"a": b"\0\xff data"})
    ((_, id),) = history.walk("HEAD")
    assert history.blob(id) == b"\0\xff data"
    with pytest.raises(Corrupt, match="is missing"):
        history.blob("1" * 40)
    for name in ("abcd", "x" * 40, ""):
        with pytest.raises(NotFound, match="not a full blob id"):
            history.blob(name)


def test_check_finds_what_is_missing_and_what_is_damaged(history: History, commit: Commit) -> None:
    old = commit({b"a/x": b"first"})
    commit({b"a/x": b"second", b"a/y": b"other"})
    assert history.check() == history.check(full=True) == ()
    ids = dict(history.walk("HEAD"))
    (_, gone) = next(iter(history.walk(old.id)))
    target = history.folder / "objects" / gone[:2] / gone[2:]
    target.chmod(0o600)
    target.unlink()
    assert history.check() == ()  # only older versions need it
    (problem,) = history.check(full=True)
    assert f"{gone} is missing" in problem
    hurt = history.folder / "objects" / ids[b"a/y"][:2] / ids[b"a/y"][2:]
    hurt.chmod(0o600)
    data = bytearray(hurt.read_bytes())
    data[len(data) // 2] ^= 0x10
    hurt.write_bytes(data)
    with History.open(history.folder) as again:
        assert len(again.check(full=True)) == 2
        with pytest.raises(Corrupt):
            again.read("HEAD", b"a/y")
        (history.folder / "refs" / "heads" / "main").write_text("1" * 40 + "\n")
        assert "refs/heads/main names is missing" in again.check()[0]
        with pytest.raises(Corrupt):  # never taken for an empty history
            again.head()


def test_a_damaged_version_is_told(history: History, commit: Commit) -> None:
    first = commit({b"a": b"1"})
    second = commit({b"a": b"2"})
    hurt = history.folder / "objects" / first.id[:2] / first.id[2:]
    hurt.chmod(0o600)
    hurt.write_bytes(b"nonsense")
    with History.open(history.folder) as again:
        assert again.read("HEAD", b"a") == b"2"
        assert again.log(limit=1)[0] == second
        for ask in (again.log, lambda: again.resolve("HEAD~2"), lambda: again.version(first.id)):
            with pytest.raises(Corrupt):
                ask()
        assert first.id in again.check(full=True)[0]


_NAMES = st.lists(
    st.sampled_from([b"a", b"b", b"a.b", b"a-", b"\xff", b"z"]), min_size=1, max_size=3
).map(b"/".join)
_STEPS = st.lists(
    st.dictionaries(_NAMES, st.none() | st.binary(max_size=3), max_size=5), max_size=6
)


def _apply(model: dict[bytes, bytes], step: dict[bytes, bytes | None]) -> dict[bytes, bytes] | None:
    """What the tree should be; None where a file and a folder would have one name."""
    after = {path: data for path, data in model.items() if step.get(path, b"") is not None}
    after |= {path: data for path, data in step.items() if data is not None}
    folders = {path[:at] for path in after for at, byte in enumerate(path) if byte == ord("/")}
    return None if folders & after.keys() else after


@settings(max_examples=40, deadline=None)
@given(_STEPS)
def test_any_sequence_of_commits_is_what_a_dict_says(
    steps: list[dict[bytes, bytes | None]],
) -> None:
    with TemporaryDirectory() as folder, History.create(Path(folder, "h.git")) as history:
        states: dict[str, dict[bytes, bytes]] = {}
        model: dict[bytes, bytes] = {}
        for step in steps:
            after = _apply(model, step)
            changes = [TreeChange(path, data) for path, data in step.items()]
            arguments = {
                "message": "step", "author": Author("A"), "time": datetime(2026, 1, 1, tzinfo=UTC),
                "expected": history.head(),
            }  # fmt: skip
            if after is None:
                with pytest.raises(Invalid):
                    history.commit(changes, **arguments)  # type: ignore[arg-type]
                continue
            before, model = model, after
            version = history.commit(changes, **arguments)  # type: ignore[arg-type]
            states[version.id] = model
            if before != model:
                assert version.stats == VersionStats(
                    added=len(model.keys() - before.keys()),
                    removed=len(before.keys() - model.keys()),
                    modified=sum(model[p] != before[p] for p in model.keys() & before.keys()),
                )
        for id, state in states.items():
            assert {path: history.blob(blob) for path, blob in history.walk(id)} == state
            differing = {d.path for d in history.changed(id, history.head() or id)}
            paths = state.keys() | model.keys()
            assert differing == {path for path in paths if state.get(path) != model.get(path)}
        assert history.check(full=True) == ()
