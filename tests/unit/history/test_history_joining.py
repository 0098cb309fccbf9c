"""Two lines of versions: their base, what one did that the other did not, and both in one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon.errors import Conflict, Invalid
from audobon.model.version import Version
from audobon.storage.history import Author, History, TreeChange, TreeFork

AUTHOR = Author("Ada Lovelace", "ada@example.org")
TIME = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
Git = Callable[..., bytes]
Commit = Callable[..., Version]


def test_merge_base(history: History, commit: Commit) -> None:
    base = commit({b"a": b"1"})
    history.add_branch("side")
    ours = commit({b"a": b"2"})
    theirs = commit({b"b": b"1"}, expected=base.id, ref="side")
    assert history.merge_base("main", "side") == base.id
    assert history.merge_base(ours.id, base.id) == base.id
    alone = commit({b"z": b"1"}, expected=None, ref="refs/heads/alone")
    assert history.merge_base("main", "alone") is None
    joined = history.join(theirs.id, [], message="both", author=AUTHOR, time=TIME, expected=ours.id)
    assert joined.parents == (ours.id, theirs.id)
    assert history.merge_base("main", "side") == theirs.id
    assert alone.parents == ()


def test_join_under_a_ref_of_its_own(history: History, commit: Commit, git: Git) -> None:
    base = commit({b"a": b"1"})
    history.add_branch("side")
    theirs = commit({b"b": b"1"}, expected=base.id, ref="refs/heads/side")
    joined = history.join(
        theirs.id,
        [TreeChange(b"b", b"1")],
        message="both",
        author=AUTHOR,
        time=TIME,
        expected=base.id,
        ref="refs/audobon/merge",
    )
    assert history.head() == base.id, "no branch has moved"
    assert history.refs("refs/audobon/") == {"refs/audobon/merge": joined.id}
    history.move_branch("main", expected=base.id, to=joined.id)
    assert history.head() == joined.id
    with pytest.raises(Conflict, match="has moved on"):
        history.move_branch("main", expected=base.id, to=theirs.id)
    history.move_branch("main", expected=joined.id, to=base.id)
    assert history.head() == base.id
    assert git("fsck", "--strict", "--full") == b""
    with pytest.raises(Conflict):
        history.join(
            theirs.id, [], message="x", author=AUTHOR, time=TIME, expected=joined.id, ref="refs/x/y"
        )
    with pytest.raises(Invalid):
        history.move_branch("-x", expected=base.id, to=base.id)


def test_set_ref(history: History, commit: Commit) -> None:
    one, two = commit({b"a": b"1"}), commit({b"a": b"2"})
    history.set_ref("refs/audobon/undone", one.id)
    history.set_ref("refs/audobon/undone", two.id)
    assert history.refs("refs/audobon/") == {"refs/audobon/undone": two.id}
    history.remove_ref("refs/audobon/undone")
    assert history.refs("refs/audobon/") == {}


PATHS = (b"a", b"b/x", b"b/y", b"c/d/e", b"c/d/f", b"c/g")
trees = st.dictionaries(st.sampled_from(PATHS), st.sampled_from((b"1", b"2", b"3")))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(base=trees, ours=trees, theirs=trees, below=st.sampled_from((b"", b"b", b"c/d", b"no")))
def test_diverged_is_what_a_dict_says(
    history: History,
    commit: Commit,
    base: dict[bytes, bytes],
    ours: dict[bytes, bytes],
    theirs: dict[bytes, bytes],
    below: bytes,
) -> None:
    ids = []
    for name, tree in (("base", base), ("ours", ours), ("theirs", theirs)):
        ref = f"refs/heads/{name}"
        if history.refs(ref):
            history.remove_ref(ref)
        # `keep` lies outside every folder asked for: no tree is empty.
        ids.append(commit({**tree, b"keep": b"k"}, expected=None, ref=ref).id)

    def blob(found: str | None) -> bytes | None:
        return None if found is None else history.blob(found)

    def plain(fork: TreeFork) -> tuple[bytes, bytes | None, bytes | None, bytes | None]:
        return fork.path, blob(fork.base), blob(fork.ours), blob(fork.theirs)

    wanted = [
        (path, base.get(path), ours.get(path), theirs.get(path))
        for path in PATHS
        if path.startswith(below + b"/" if below else b"")
        and theirs.get(path) not in (base.get(path), ours.get(path))
    ]
    assert [plain(fork) for fork in history.diverged(*ids, prefix=below)] == sorted(wanted)
