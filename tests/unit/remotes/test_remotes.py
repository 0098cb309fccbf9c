"""Two machines and a remote: pushed, cloned, pulled, merged."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from audobon import Library
from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.storage.objects import Bandwidth, open_store

Clone = Callable[..., Library]


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size // 2).hex().encode()


def save(library: Library, message: str, **files: bytes) -> str:
    paths = []
    for name, data in files.items():
        path = library.path / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        paths.append(path)
    library.add(paths)
    return library.commit(message).id


@pytest.fixture
def pushed(ada: Library, url: str) -> Library:
    ada.remotes.add("nas", url)
    save(ada, "first", rock=noise(300_000, 1), sub__note=b"a note")
    ada.edit(["rock.txt"], add_tags=["stone"], rating=4)
    ada.commit("tagged")
    ada.push("nas")
    return ada


def test_a_cap_is_kept_and_told(
    pushed: Library, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken: list[tuple[float, int]] = []

    def take(self: Bandwidth, count: int) -> None:
        taken.append((self._rate, count))

    monkeypatch.setattr(Bandwidth, "take", take)
    save(pushed, "free", rock=noise(100_000, 7))
    pushed.push("nas")
    assert not taken
    assert pushed.remotes.set_limit("nas", 2_000_000).limit == 2_000_000
    assert pushed.remotes.get("nas").limit == 2_000_000
    save(pushed, "capped", rock=noise(300_000, 8))
    sent = pushed.push("nas")
    assert {rate for rate, _ in taken} == {2_000_000}
    assert sum(count for _, count in taken) >= sent.bytes > 100_000
    taken.clear()
    save(pushed, "kept", rock=noise(300_000, 9))
    assert pushed.snapshot(url).stored > 100_000
    assert {rate for rate, _ in taken} == {2_000_000}, "a place of snapshots that is a remote"
    taken.clear()
    other = f"memory:{tmp_path.name}"
    pushed.snapshot(other)
    assert not taken
    assert pushed.snapshots.limit(url) == 2_000_000
    assert pushed.snapshots.set_limit(other, 3_000_000) == 3_000_000
    save(pushed, "more", rock=noise(300_000, 10))
    pushed.snapshot(other)
    assert {rate for rate, _ in taken} == {3_000_000}
    assert pushed.snapshots.limit(other) == 3_000_000, "also after another place was noted"
    taken.clear()
    Library.recover(other, tmp_path / "again", limit=4_000_000).close()
    assert {rate for rate, _ in taken} == {4_000_000}
    taken.clear()
    with Library.clone(url, tmp_path / "copy", limit=5_000_000) as copy:
        assert {rate for rate, _ in taken} == {5_000_000}
        assert copy.remotes.get("origin").limit == 5_000_000
    assert pushed.snapshots.set_limit(other, None) is pushed.snapshots.limit(other) is None
    for call in (
        lambda: pushed.snapshots.set_limit(other, 10),
        lambda: Library.recover(other, tmp_path / "no", limit=10),
        lambda: Library.clone(url, tmp_path / "no", limit=10),
    ):
        with pytest.raises(Invalid, match="never send"):
            call()
    assert pushed.remotes.set_limit("nas", None).limit is None
    with pytest.raises(Invalid, match="never send"):
        pushed.remotes.set_limit("nas", 10)
    with pytest.raises(NotFound):
        pushed.remotes.set_limit("nowhere", 2000)


def test_a_clone_knows_everything_and_fetches_when_asked(pushed: Library, clone: Clone) -> None:
    bob = clone()
    assert (bob.id, bob.name) == (pushed.id, "Art")
    (entry,) = bob.audit.list(did=("clone",))
    assert entry.detail["source"] == bob.remotes.list()[0].url
    (entry,) = pushed.audit.list(did=("push",))
    assert (entry.what, entry.detail["versions"]) == ("main to nas", "2")
    assert [version.id for version in bob.log()] == [version.id for version in pushed.log()]
    rock = bob.get("rock.txt")
    assert (rock.state, rock.tags, rock.rating) == ("remote", ("stone",), 4)
    assert not Path(rock.file).exists()
    assert {hit.asset.name for hit in bob.search("").hits} == {"rock.txt", "note.txt"}
    assert bob.search("state:remote").total == 2
    assert bob.search("tag:stone").total == 1
    assert bob.commit("nothing").id == pushed.log()[0].id
    fetched = bob.fetch(["rock.txt"])
    assert (fetched.written, fetched.lacking) == ((f"{rock.root}/rock.txt",), ())
    assert Path(rock.file).read_bytes() == noise(300_000, 1)
    assert bob.get("rock.txt").state == "present"
    assert bob.search("state:remote").total == 1
    assert bob.commit("nothing").id == pushed.log()[0].id
    assert bob.get("sub/note.txt").state == "remote"
    assert bob.verify().ok


def test_bytes_of_an_old_version_come_when_they_are_needed(
    pushed: Library, clone: Clone, tmp_path: Path
) -> None:
    save(pushed, "second", rock=noise(300_000, 2))
    pushed.push("nas")
    bob = clone()
    old = bob.restore("rock.txt", "HEAD~1", to=tmp_path / "old.txt")
    assert Path(old).read_bytes() == noise(300_000, 1)
    assert bob.get("rock.txt").state == "remote"
    bob.restore("rock.txt", "HEAD")
    assert Path(bob.get("rock.txt").file).read_bytes() == noise(300_000, 2)
    assert bob.get("rock.txt").state == "present"


def test_a_clone_with_everything(pushed: Library, clone: Clone) -> None:
    bob = clone(lazy=False)
    assert Path(bob.get("rock.txt").file).read_bytes() == noise(300_000, 1)
    assert (bob.path / "sub" / "note.txt").read_bytes() == b"a note"
    assert bob.search("state:remote").total == 0
    save(pushed, "more", leaf=b"leaf")
    pushed.push("nas")
    report = bob.pull("origin")
    assert report.merge is not None
    assert (report.versions, report.merge.kind) == (1, "fast-forward")
    assert (bob.path / "leaf.txt").read_bytes() == b"leaf"


def test_a_lazy_clone_stays_lazy_and_loses_nothing_of_others(pushed: Library, clone: Clone) -> None:
    bob = clone()
    save(pushed, "more", leaf=b"leaf", rock=noise(300_000, 3))
    pushed.push("nas")
    bob.fetch(["sub/note.txt"])
    bob.pull("origin")
    assert {a.name: a.state for a in (bob.get("leaf.txt"), bob.get("rock.txt"))} == {
        "leaf.txt": "remote",
        "rock.txt": "remote",
    }
    save(bob, "mine", sub__note=b"edited by bob")
    bob.push("origin")
    report = pushed.pull("nas")
    assert report.merge is not None
    assert report.merge.kind == "fast-forward"
    assert (pushed.path / "sub" / "note.txt").read_bytes() == b"edited by bob"
    assert (pushed.path / "rock.txt").read_bytes() == noise(300_000, 3)
    assert (pushed.path / "leaf.txt").exists()
    assert pushed.verify().ok


def test_two_writers_of_one_branch_the_second_pulls_and_pushes(
    pushed: Library, clone: Clone
) -> None:
    bob = clone(lazy=False)
    save(pushed, "by ada", leaf=b"leaf")
    save(bob, "by bob", moss=b"moss")
    pushed.push("nas")
    with pytest.raises(Conflict) as caught:
        bob.push("origin")
    assert "pull" in caught.value.hint
    report = bob.pull("origin")
    assert report.merge is not None
    assert (report.merge.kind, report.merge.merged, report.conflicts) == ("merge", True, 0)
    assert bob.remotes.state("origin").ahead == 2
    bob.push("origin")
    pushed.pull("nas")
    for library in (pushed, bob):
        names = {path.name for path in library.path.glob("*.txt")}
        assert names == {"rock.txt", "leaf.txt", "moss.txt"}
        assert library.verify().ok
    state = pushed.remotes.state("nas")
    assert (state.ahead, state.behind, state.known) == (0, 0, True)


def test_two_writers_of_two_branches_both_succeed(pushed: Library, clone: Clone) -> None:
    bob = clone()
    bob.branch("bob")
    bob.switch("bob")
    save(bob, "by bob", moss=b"moss")
    save(pushed, "by ada", leaf=b"leaf")
    assert bob.push("origin").branches == ("bob",)
    assert pushed.push("nas").branches == ("main",)
    assert pushed.pull("nas", branch="bob").branches == ("bob",)
    assert {branch.name for branch in pushed.branches()} == {"main", "bob"}
    pushed.merge("bob")
    assert (pushed.path / "moss.txt").read_bytes() == b"moss"


def test_conflicts_wait_for_decisions(pushed: Library, clone: Clone) -> None:
    bob = clone()
    save(pushed, "by ada", rock=b"ada's")
    pushed.push("nas")
    bob.fetch(["rock.txt"])
    save(bob, "by bob", rock=b"bob's")
    report = bob.pull("origin")
    assert report.conflicts == 1
    assert (bob.path / "rock.txt").read_bytes() == b"bob's"
    (conflict,) = bob.conflicts()
    assert bob.resolve(conflict, take="theirs").merged
    assert (bob.path / "rock.txt").read_bytes() == b"ada's"
    bob.push("origin")


def test_uncommitted_work_in_the_way_is_kept(pushed: Library, clone: Clone) -> None:
    bob = clone(lazy=False)
    save(pushed, "by ada", rock=b"ada's")
    pushed.push("nas")
    (bob.path / "rock.txt").write_bytes(b"not committed")
    with pytest.raises(Conflict, match=r"rock\.txt"):
        bob.pull("origin")
    assert (bob.path / "rock.txt").read_bytes() == b"not committed"
    bob.commit("committed now")
    assert bob.pull("origin").conflicts == 1


def test_an_estimate_and_what_nothing_costs(pushed: Library) -> None:
    save(pushed, "second", moss=noise(200_000, 5))
    told = pushed.push("nas", dry_run=True)
    assert (told.dry_run, told.versions, told.files) == (True, 1, 1)
    sent = pushed.push("nas")
    assert 0.5 * told.bytes < sent.bytes < 2 * told.bytes
    again = pushed.push("nas")
    assert again.nothing
    assert again.bytes == 0


def test_remotes_are_listed_and_forgotten_and_hold_no_secret(pushed: Library, url: str) -> None:
    (remote,) = pushed.remotes.list()
    assert (remote.name, remote.url, remote.encrypted) == ("nas", url, False)
    assert pushed.remotes.get("nas") == remote
    with pytest.raises(Conflict):
        pushed.remotes.add("nas", url)
    for bad in ("", "a/b", "-x", "refs"[:0] + "a b"):
        with pytest.raises(Invalid):
            pushed.remotes.add(bad, url)
    with pytest.raises(Invalid):
        pushed.remotes.add("ftp", "ftp://ada:secret@example.org/x")
    assert "secret" not in (pushed.state_path / "remotes.json").read_text()
    pushed.remotes.remove("nas")
    with pytest.raises(NotFound):
        pushed.push("nas")
    assert pushed.remotes.list() == ()
    pushed.remotes.add("nas", url)
    assert pushed.push("nas").nothing


def test_another_library_is_not_mixed_in(pushed: Library, url: str, tmp_path: Path) -> None:
    with Library.create(tmp_path / "other") as other, pytest.raises(Conflict, match="Art"):
        other.remotes.add("nas", url)


@pytest.mark.parametrize("lie", ["back", "gone", "serial", "elsewhere", "nowhere"])
def test_a_ref_that_goes_back_is_told(pushed: Library, clone: Clone, url: str, lie: str) -> None:
    bob = clone()
    first = json.loads(open_store(url).get("refs/heads/main.json"))
    save(pushed, "second", moss=b"moss")
    pushed.push("nas")
    bob.pull("origin")
    store = open_store(url)
    record = json.loads(store.get("refs/heads/main.json"))
    if lie == "gone":
        store.delete("refs/heads/main.json")
    else:
        if lie == "back":
            record["id"] = first["id"]
            record["serial"] += 1
        elif lie == "serial":
            record["serial"] -= 1
        elif lie == "elsewhere":
            record["id"] = first["id"]
        else:
            record["id"] = "ab" * 20
            record["serial"] += 1
        store.put("refs/heads/main.json", json.dumps(record).encode())
    head = bob.log()[0].id
    with pytest.raises(Corrupt, match="memory:"):
        bob.pull("origin")
    assert bob.log()[0].id == head
    if lie != "nowhere":
        with pytest.raises(Corrupt, match="memory:"):
            pushed.push("nas")
    assert bob.verify(part=(2, 2)).ok


@pytest.mark.parametrize("prefix", ["git/", "packs/", "index/"])
@pytest.mark.parametrize("lie", ["gone", "changed"])
def test_what_a_remote_lacks_is_told_and_nothing_is_taken_in(
    pushed: Library, clone: Clone, url: str, prefix: str, lie: str
) -> None:
    bob = clone(lazy=False)
    save(pushed, "second", moss=noise(200_000, 9))
    store = open_store(url)
    before = {stat.key for stat in store.list(prefix)}
    pushed.push("nas")
    (key,) = {stat.key for stat in store.list(prefix)} - before
    data = bytearray(store.get(key))
    store.delete(key)
    if lie == "changed":
        data[len(data) // 2] ^= 1
        store.put(key, bytes(data))
    head = bob.log()[0].id
    with pytest.raises(Corrupt):
        bob.pull("origin")
    assert bob.log()[0].id == head
    assert not (bob.path / "moss.txt").exists()
    assert bob.commit("still here").id == head
    assert bob.verify(part=(2, 2)).ok


def test_locks_are_carried(
    pushed: Library, clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bob = clone()
    pushed.lock("rock.txt", program="Blender")
    pushed.push("nas")
    bob.pull("origin")
    (lock,) = bob.locks()
    assert (lock.path.endswith("rock.txt"), lock.program, lock.mine) == (True, "Blender", False)
    with pytest.raises(Conflict):
        bob.lock("rock.txt")
    pushed.unlock("rock.txt")
    pushed.push("nas")
    bob.pull("origin")
    assert bob.locks() == ()


def test_tags_and_pruned_histories_travel(pushed: Library, clone: Clone) -> None:
    save(pushed, "second", moss=b"moss")
    save(pushed, "third", moss=b"more moss")
    pushed.push("nas")
    assert len(clone("eve").log()) == 4


def test_an_empty_remote_and_an_empty_library_are_told(
    ada: Library, url: str, clone: Clone
) -> None:
    ada.remotes.add("nas", url)
    with pytest.raises(NotFound, match="no version"):
        ada.push("nas")
    with pytest.raises(NotFound, match="nothing was pushed"):
        ada.pull("nas")
    with pytest.raises(NotFound, match="no library"):
        clone()
    assert not (ada.path.parent / "bob" / ".audobon" / "library.toml").exists()


def test_a_relative_address_is_the_same_place_whoever_asks(
    ada: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert ada.remotes.add("nas", "../disk").url == str(tmp_path / "disk")
    save(ada, "one", rock=noise(3000, 1))
    schedule = evolve(ada.snapshots.schedule, to="../snaps", every=timedelta(hours=1))
    assert ada.snapshots.set_schedule(schedule).to == str(tmp_path / "snaps")
    monkeypatch.chdir(tmp_path / "there")
    ada.push("nas")
    assert ada.snapshots.run_due() is not None
    with Library.clone("../disk", tmp_path / "copy") as copy:
        assert copy.remotes.list()[0].url == str(tmp_path / "disk")
