"""What holds for a history wherever it lies.

Every test runs over a bare git repository and over a database under a key.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audobon.errors import Conflict, Corrupt, Invalid, NotFound, ReadOnly
from audobon.storage.history import Author, History, TreeChange, manifest_path, pointer
from audobon.storage.history.erasing import Unwanted
from audobon.storage.history.exchanging import Fresh
from audobon.storage.vault.secret import Secret

KEY = Secret(bytes(range(32)))
KEYS = {"plain": None, "sealed": KEY}
AUTHOR = Author("Ada Lovelace", "ada@example.org")
START = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ID = "0192f3a4b5c67d8e9fa0b1c2d3e4f506"
DIGEST = "c4a65c7b2d8a20e0c91d9ebe58e14a3c3470febd8f33dca9964626a205711a60"

Make = Callable[..., History]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a history of a kind at a name, or opens what is there."""
    made: list[History] = []

    def call(kind: str, name: str = "history.git", **options: Any) -> History:
        folder = tmp_path / f"{kind}-{name}"
        call_it = History.open if folder.exists() else History.create
        made.append(call_it(folder, key=KEYS[kind], **options))
        return made[-1]

    yield call
    for history in made:
        history.close()


@pytest.fixture(params=["plain", "sealed"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def put(history: History, files: dict[bytes, bytes | None], at: int = 0, **options: Any) -> str:
    changes = [TreeChange(path, data) for path, data in files.items()]
    options = {"message": f"at {at}", "author": AUTHOR, "expected": history.head(), **options}
    return history.commit(changes, time=START + timedelta(minutes=at), **options).id


def git(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LC_ALL": "C"}
    command = ["git", "--git-dir", str(folder), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_versions_are_made_named_and_read(make: Make, kind: str) -> None:
    history = make(kind)
    assert (history.head(), history.current_branch(), history.log()) == (None, "main", ())
    first = put(history, {b"a/x": b"1", b"a/y": b"2"})
    second = put(history, {b"a/x": b"11", b"\xff/z": b"3"}, 1)
    third = put(history, {b"a/y": None}, 2)
    assert put(history, {b"a/x": b"11"}, 3) == third, "nothing changed, so there is no version"
    assert [version.id for version in history.log()] == [third, second, first]
    assert [version.id for version in history.log(path=b"a/y")] == [third, first]
    assert [version.id for version in history.log(limit=1, after=third)] == [second]
    assert history.version(second).stats.added == history.version(second).stats.modified == 1
    assert history.version(first).author == "Ada Lovelace <ada@example.org>"
    assert history.read(first, b"a/y") == b"2"
    assert history.read(third, b"a/y") is None
    assert [path for path, _ in history.walk("HEAD")] == [b"a/x", b"\xff/z"]
    assert [entry.path for entry in history.changed(first, third)] == [b"a/x", b"a/y", b"\xff/z"]
    assert history.resolve("HEAD~2") == history.resolve(first[:12]) == first
    with pytest.raises(Conflict, match="moved on"):
        put(history, {b"b": b""}, expected=first)
    with pytest.raises(NotFound):
        history.resolve("feedface")
    assert history.check() == history.check(full=True) == ()
    again = make(kind, read_only=True)
    assert again.read(third, b"a/x") == b"11"
    with pytest.raises(ReadOnly):
        put(again, {b"b": b""})


def test_names_are_compared_and_swapped(make: Make, kind: str) -> None:
    history = make(kind)
    first = put(history, {b"a": b"1"})
    second = put(history, {b"a": b"2"}, 1)
    history.add_branch("side", at=first)
    history.add_tag("v1")
    with pytest.raises(Conflict, match="taken"):
        history.add_branch("side")
    with pytest.raises(Conflict, match="beside"):  # git has no file and folder of one name
        history.add_branch("side/more")
    with pytest.raises(Conflict):
        history.move_branch("side", expected=second, to=first)
    history.move_branch("side", expected=first, to=second)
    history.switch("side")
    assert [(b.name, b.id, b.current) for b in history.branches()] == [
        ("main", second, False),
        ("side", second, True),
    ]
    assert [(tag.name, tag.id) for tag in history.tags()] == [("v1", second)]
    history.set_ref("refs/audobon/mark", first)
    history.set_ref("refs/audobon/mark", second)
    assert history.refs("refs/audobon/") == {"refs/audobon/mark": second}
    with pytest.raises(Invalid):
        history.remove_ref("side")
    history.remove_ref("main", expected=second)
    assert make(kind).head("main") is None
    assert make(kind).resolve("v1") == second


def test_both_kinds_agree_about_any_lines_of_versions(make: Make) -> None:
    """The graph is followed by libgit2 in one and by ourselves in the other; clocks are wrong."""
    chance = random.Random(5)
    pair = [make("plain"), make("sealed")]
    ids = [put(history, {b"f": b"0"}) for history in pair][:1]
    for number in range(1, 40):
        of = chance.sample(ids[-6:], min(len(ids), chance.choice((1, 1, 2))))
        late, changes = chance.randrange(-90, 90), [TreeChange(b"f", b"%d" % number)]
        said: dict[str, Any] = {
            "message": "m",
            "author": AUTHOR,
            "time": START + timedelta(minutes=number + late),
        }
        made = []
        for history in pair:
            history.set_ref("refs/heads/main", of[0])
            if len(of) == 2:
                made.append(history.join(of[1], changes, expected=of[0], **said).id)
            else:
                made.append(history.commit(changes, expected=of[0], **said).id)
            history.set_ref(f"refs/kept/{number}", made[-1])
        assert made[0] == made[1]
        ids.append(made[0])
    plain, sealed = pair
    assert dict(plain.refs()) == dict(sealed.refs())
    for a, b in [chance.sample(ids, 2) for _ in range(60)]:
        assert plain.ahead_behind(a, b) == sealed.ahead_behind(a, b)
        assert plain.leads_to(a, b) == sealed.leads_to(a, b)
        base = sealed.merge_base(a, b)
        assert (base is None) == (plain.merge_base(a, b) is None)
        assert base is None or (sealed.leads_to(base, a) and sealed.leads_to(base, b))
        told, exact = (set(history.fresh([a], [b]).commits) for history in pair)
        assert exact <= told, "libgit2 tells too much where clocks are wrong, and never too little"
        assert len(exact) == sealed.ahead_behind(a, b)[0]
    for tip in ids:
        logs = [history.log(tip, limit=100) for history in pair]
        assert set(logs[0]) == set(logs[1])
        seen: set[str] = set()
        for version in logs[1]:
            assert seen.isdisjoint(version.parents), "a parent came before its child"
            seen.add(version.id)


@pytest.mark.parametrize("to", ["plain", "sealed"])
def test_versions_go_from_any_kind_to_any(make: Make, kind: str, to: str, tmp_path: Path) -> None:
    one, other = make(kind, "one"), make(to, "other")
    first = put(one, {b"d/%d" % number: b"%d" % number for number in range(100)})
    for tip, have in ((first, []), (put(one, {b"d/7": b"seven"}, 1), [first])):
        fresh = one.fresh([tip], have)
        for pack in one.packs_of(fresh, tmp_path):
            data = pack.read_bytes()
            with pytest.raises(Corrupt):
                other.take_pack(data[:-30] + bytes(30))
            assert other.take_pack(data) == fresh.count
            assert other.take_pack(data) == 0
        other.set_ref("refs/heads/main", tip)
    assert other.log() == one.log()
    lacking = Fresh(blobs=[b"1" * 20])
    with pytest.raises(Corrupt):
        list(one.packs_of(lacking, tmp_path))
    assert other.check(full=True) == ()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("git-")] == []


def test_versions_are_looked_at_beside_a_history_and_leave_nothing(
    make: Make, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make(kind, "one"), make("plain", "other")
    first = put(one, {b"a/f": b"1", b"a/g": b"graumoos" * 4})
    for pack in one.packs_of(one.fresh([first], []), tmp_path):
        other.take_pack(pack.read_bytes())
    other.set_ref("refs/heads/main", first)
    # Told to nobody: noise that no packing changes.
    secret = random.Random(1).randbytes(3000)
    second = put(other, {b"a/f": secret}, 1)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    before = one.stats().packed + one.stats().loose
    with one.borrowed() as beside:
        for pack in other.packs_of(other.fresh([second], [first]), tmp_path):
            assert beside.take_pack(pack.read_bytes()) == 4
        assert [version.id for version in beside.log(second)] == [second, first]
        assert beside.read(second, b"a/g") == b"graumoos" * 4
        assert beside.resolve(first[:10]) == first
        assert beside.resolve(second[:10]) == second
        assert beside.refs() == {}
        files = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()]
        lies = any(secret[100:200] in path.read_bytes() for path in files)
        assert lies == (kind == "plain"), "beside an encrypted one nothing lies in clear"
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not one.has_version(second)
    assert one.stats().packed + one.stats().loose == before


def test_versions_are_cut_off_and_their_objects_swept(make: Make, kind: str) -> None:
    history = make(kind)
    ids = [put(history, {b"f": b"%d" % number}, number) for number in range(5)]
    other = make(kind)
    assert other.resolve("HEAD~4") == ids[0]
    assert len(history.prune(last=2).pruned) == 3
    assert [version.id for version in history.log()] == ids[:2:-1]
    assert history.shallow() == {ids[3]}
    with pytest.raises(NotFound):
        other.resolve("HEAD~2")
    now, reached = datetime.now(UTC).timestamp() + 5, history.reach().objects
    for dry in (True, False):  # each version has a commit, a tree and a file of its own
        assert history.sweep(reached, now=now, grace_s=100, dry_run=dry).waiting == 9
    assert history.sweep(reached, now=now + 60, grace_s=100).removed == 0
    assert history.sweep(reached, now=now + 200, grace_s=100).removed == 9
    assert history.sweep(reached, now=now + 400, grace_s=100).waiting == 0
    assert history.check(full=True) == other.check(full=True) == ()
    history.pack()
    assert history.stats().packed + history.stats().loose == 6
    assert history.loose() in range(300)


def test_versions_of_long_folders_take_little_room(make: Make, tmp_path: Path) -> None:
    history, chance = make("sealed"), random.Random(3)
    put(history, {b"long/%04d" % n: b"%d" % n for n in range(1500)})
    for at in range(1, 80):
        name = b"long/%04d" % chance.randrange(1500)
        put(history, {name: b"new %d" % at, b"long/more %d" % at: b"", b"long/%04d" % at: None}, at)
    with make("sealed") as again:
        expected = list(again.log(limit=100))
    history.close()
    history = make("sealed")
    size = (tmp_path / "sealed-history.git" / "history.db").stat().st_size
    assert size < 79 * 9_000, "a tree of this folder has 50 kB"
    assert history.check(full=True) == ()
    # Taken from elsewhere they come whole, and are made short afterwards.
    with History.create(tmp_path / "other", key=KEY) as other:
        for pack in history.packs_of(history.fresh([history.resolve("main")], []), tmp_path):
            other.take_pack(pack.read_bytes())
        other.set_ref("refs/heads/main", history.resolve("main"))
        large = other.stats().packs_size
        assert other.pack().packed > 60
        assert other.pack().packed == 0
        assert other.stats().packs_size * 3 < large
        assert list(other.log(limit=100)) == expected
        assert other.check(full=True) == ()
    # What others are relative to goes, and they stay.
    history.prune(last=30)
    now = datetime.now(UTC).timestamp() + 10
    assert history.sweep(history.reach().objects, now=now, grace_s=0).removed > 100
    assert list(history.log(limit=100)) == [
        version if version != expected[29] else history.version(version.id)
        for version in expected[:30]
    ]
    assert make("sealed").check(full=True) == ()


def test_what_is_purged_is_in_no_object(make: Make, kind: str) -> None:
    history = make(kind)
    manifest = {"id": ID, "root": "r", "path": "moss.png", "digest": DIGEST}
    files: dict[bytes, bytes | None] = {
        b"r/moss.png": pointer(DIGEST, 19),
        manifest_path(ID): json.dumps(manifest).encode(),
        b"r/stone.png": pointer("a" * 64, 5),
    }
    before = put(history, files, message="adds moss.png")
    history.add_tag("kept")
    put(history, {b"r/stone.png": pointer("b" * 64, 5)}, 1)
    assert {named.id for named in history.survey().blobs.values()} == {ID}
    paths, digests = frozenset({b"r/moss.png"}), frozenset({DIGEST})
    unwanted = Unwanted(frozenset({ID}), paths, digests, (b"moss.png",))
    told = history.would_erase(unwanted, {}, {})
    assert history.resolve("kept") == before
    assert history.erase(unwanted, {}, {}) == told
    assert history.resolve("kept") == told.commits[before]
    assert history.drop_unwanted([b"moss.png", DIGEST.encode()]) > 0
    assert not any(b"moss" in data or DIGEST.encode() in data for _, data in history.everything())
    assert history.read("HEAD", b"r/stone.png") == pointer("b" * 64, 5)
    assert make(kind).check(full=True) == ()


def test_a_copy_in_clear_is_sound_to_git_whatever_it_came_from(
    make: Make, kind: str, tmp_path: Path
) -> None:
    history = make(kind)
    ids = [put(history, {b"a/f": b"%d" % number}, number) for number in range(4)]
    put(history, {b"a/f": None}, 4)  # an empty tree
    put(history, {b"a/\xff": b""}, 5)
    history.add_tag("v1", at=ids[1])
    history.set_ref("refs/audobon/mark", ids[2])
    history.add_branch("side", at=ids[3])
    history.switch("side")
    history.copy_to(tmp_path / "clear.git")
    told = git(tmp_path / "clear.git", "fsck", "--full", "--strict")
    assert "dangling" not in told
    assert "missing" not in told
    shown = git(tmp_path / "clear.git", "log", "--format=%H %an %s", "main")
    assert [line.split()[0] for line in shown.splitlines()] == [
        version.id for version in history.log("main")
    ]
    assert shown.splitlines()[-1] == f"{ids[0]} Ada Lovelace at 0"
    with pytest.raises(Conflict):
        history.copy_to(tmp_path / "clear.git")
    with History.open(tmp_path / "clear.git", read_only=True) as clear:
        clear.copy_to(tmp_path / "sealed", key=KEY)
    with History.open(tmp_path / "sealed", key=KEY) as sealed:
        assert (sealed.refs(), sealed.branches()) == (history.refs(), history.branches())
        assert sealed.log("main") == history.log("main")
        assert sealed.check(full=True) == ()
        sealed.prune(last=1)
        sealed.copy_to(tmp_path / "short.git")
    assert git(tmp_path / "short.git", "rev-list", "--count", "main") == "1\n"
    git(tmp_path / "short.git", "fsck", "--full", "--strict")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
