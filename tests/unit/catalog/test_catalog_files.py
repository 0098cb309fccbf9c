"""Assets as files: insert, update, move, missing, found again, paged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.asset import Facts
from audobon.storage.catalog import FileUpdate
from audobon.system.names import fold, text_path

if TYPE_CHECKING:
    from catalog_bench import Bench


def test_what_goes_in_comes_out(bench: Bench) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    facts = Facts("image", "exr", 7, 9, {"a": 1, "b": 1.5, "c": True, "d": "x", "e": ("p", "q")})
    file = bench.file("a/B.Tex.EXR", facts=facts, id="0" * 32)
    (asset,) = bench.catalog.insert(
        [file], tags=("Wood ", "old"), catalog="Props/Tables", author="me", now=now
    )
    assert asset == bench.catalog.get("0" * 32)
    assert (asset.root, asset.path, asset.file) == ("art", "a/B.Tex.EXR", "/srv/art/a/B.Tex.EXR")
    assert (asset.name, asset.ext) == ("B.Tex.EXR", "exr")
    assert (asset.kind, asset.format, asset.width, asset.height) == ("image", "exr", 7, 9)
    assert (asset.size, asset.mtime_ns, asset.digest) == (file.size, file.mtime_ns, file.digest)
    assert (asset.tags, asset.catalog) == (("old", "Wood"), "Props/Tables")
    assert dict(asset.attributes) == dict(facts.attributes)
    assert type(asset.attributes["b"]) is float
    assert asset.attributes["c"] is True
    assert (asset.added, asset.updated, asset.last_used) == (now, now, None)
    assert (asset.state, asset.rating, asset.note, asset.used) == ("present", 0, "", 0)
    assert [c.path for c in bench.catalog.catalogs()] == ["Props", "Props/Tables"]


def test_ids_are_time_ordered_and_unique(bench: Bench) -> None:
    first = bench.add(*(f"a{n}" for n in range(300)))
    second = bench.add(*(f"b{n}" for n in range(300)))
    ids = [asset.id for asset in (*first, *second)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 600
    assert all(len(ident) == 32 and ident[12] == "7" and ident[16] in "89ab" for ident in ids)
    assert len({ident[-4:] for ident in ids}) > 500  # the random end fills shards evenly


def test_seq_is_one_per_asset_and_the_clock_is_the_highest(bench: Bench) -> None:
    assets = bench.add("a", "b", "c")
    seqs = [asset.seq for asset in assets]
    assert seqs == sorted(set(seqs))
    assert bench.catalog.clock() == seqs[-1]
    (change,) = bench.catalog.changes(0)
    assert (change.kind, change.seq, change.undoable) == ("add", seqs[-1], False)
    assert change.assets == tuple(asset.id for asset in assets)


def test_an_insert_that_fails_leaves_nothing(bench: Bench) -> None:
    bench.add("known")
    before = bench.state()
    with pytest.raises(Conflict, match="known"):
        bench.add("new", "known", tags=("fresh",), catalog="Fresh")
    with pytest.raises(Conflict, match="twice"):
        bench.add("twice", "twice")
    with pytest.raises(NotFound):
        bench.catalog.insert([bench.file("x", root=99)], author="me", now=bench.now)
    with pytest.raises(Invalid):
        bench.add("y", tags=('a"b',))
    assert bench.state() == before


def test_new_content_keeps_what_people_gave(bench: Bench) -> None:
    (asset,) = bench.add("a.png", tags=("wood",))
    bench.edit((asset,), rating=4, note="mine", attributes=(("shot", "12"), ("bits", None)))
    facts = Facts("image", "png", 10, 20, {"bits": 16, "alpha": True}, "new text")
    update = FileUpdate(asset.key, 5, 6, b"p" * 32, "d" * 64, facts)
    (after,) = bench.catalog.update_files([update], author="me", now=bench.now)
    assert (after.rating, after.note, after.tags) == (4, "mine", ("wood",))
    assert (after.size, after.mtime_ns, after.digest, after.text) == (5, 6, "d" * 64, "new text")
    assert dict(after.attributes) == {"alpha": True, "shot": "12"}  # bits stays taken away
    assert after.seq > asset.seq
    kept = FileUpdate(asset.key, 7, 8, b"q" * 32, "", None)
    (after,) = bench.catalog.update_files([kept], author="me", now=bench.now)
    assert (after.size, after.width, after.text) == (7, 10, "new text")
    with pytest.raises(NotFound):
        bench.catalog.update_files(
            [FileUpdate(999, 7, 8, b"", "", None)], author="me", now=bench.now
        )


def test_touch_and_learnt_digests_are_no_change(bench: Bench) -> None:
    (asset,) = bench.catalog.insert([bench.file("a", digest="")], author="me", now=bench.now)
    clock, log = bench.catalog.clock(), bench.catalog.changes()
    bench.catalog.touch([(asset.key, 77)])
    bench.catalog.touch([(asset.key, 78, b"new" * 8)])
    bench.catalog.set_digests([(asset.key, "e" * 64)])
    after = bench.again(asset)
    assert (after.mtime_ns, after.digest, after.seq) == (78, "e" * 64, asset.seq)
    assert bench.catalog.candidates(asset.size, b"new" * 8) == (after,)
    assert (bench.catalog.clock(), bench.catalog.changes()) == (clock, log)
    bench.catalog.set_digests([(asset.key, "f" * 64)])
    assert bench.again(asset).seq == bench.catalog.clock() > clock


def test_files_may_trade_places(bench: Bench) -> None:
    a, b, c = bench.add("a", "b", "c")
    key = bench.root.key
    moved = bench.catalog.move(
        [(a.key, key, "b", 1), (b.key, key, "a", 2)], author="me", now=bench.now
    )
    assert [asset.path for asset in moved] == ["b", "a"]
    with pytest.raises(Conflict):
        bench.catalog.move([(a.key, key, "c", 1)], author="me", now=bench.now)
    with pytest.raises(Conflict):
        bench.catalog.move([(a.key, key, "z", 1), (b.key, key, "z", 1)], author="me", now=bench.now)
    assert bench.again(a).path == "b"
    assert bench.again(c).path == "c"
    other = bench.catalog.add_root("more", "/srv/more")
    (far,) = bench.catalog.move([(c.key, other.key, "d/c", 5)], author="me", now=bench.now)
    assert far.file == "/srv/more/d/c"
    assert bench.catalog.changes()[-1].kind == "move"


def test_missing_and_back(bench: Bench) -> None:
    a, b = bench.add("a", "b")
    bench.catalog.mark_missing([a.key], author="me", now=bench.now)
    assert bench.again(a).state == "missing"
    assert bench.catalog.count() == 1
    assert bench.catalog.count(("missing", "present")) == 2
    clock = bench.catalog.clock()
    bench.catalog.mark_missing([a.key], author="me", now=bench.now)
    assert bench.catalog.clock() == clock
    bench.catalog.mark_present([a.key, b.key], author="me", now=bench.now)
    assert bench.again(a).state == "present"
    assert bench.catalog.changes()[-1].assets == (a.id,)
    kinds = [change.kind for change in bench.catalog.changes()]
    assert kinds == ["add", "missing", "update"]


def test_scan_sees_what_is_at_and_below_a_folder(bench: Bench) -> None:
    bench.add("a/x", "a/y/z", "a", "a0", "a-b/x", "b", "ab/c")
    scan = bench.catalog.scan
    assert set(scan(bench.root.key)) == {"a/x", "a/y/z", "a", "a0", "a-b/x", "b", "ab/c"}
    assert set(scan(bench.root.key, "a")) == {"a/x", "a/y/z", "a"}
    assert set(scan(bench.root.key, "a/y")) == {"a/y/z"}
    assert scan(bench.root.key, "nothing") == {}
    asset = bench.catalog.by_path(bench.root.key, "b")
    assert asset is not None
    assert scan(bench.root.key, "b")["b"] == (asset.key, asset.size, asset.mtime_ns, "present")


def test_a_path_of_a_removed_asset_is_free(bench: Bench) -> None:
    (old,) = bench.add("a")
    bench.catalog.remove([old.id], **bench.by)
    assert bench.catalog.scan(bench.root.key)["a"][3] == "removed"
    assert bench.catalog.by_path(bench.root.key, "a") is None
    (new,) = bench.add("a")
    assert bench.catalog.scan(bench.root.key)["a"][0] == new.key
    assert new.id != old.id
    bench.undo()  # the path is taken: the old asset stays out, nothing breaks
    assert bench.again(old).state == "removed"
    assert bench.again(new).state == "present"


def test_finding(bench: Bench) -> None:
    a, b = bench.add("d/a", "d/B")
    twin = bench.catalog.insert(
        [bench.file("d/twin", digest=a.digest, size=a.size)], author="me", now=bench.now
    )[0]
    find = bench.catalog
    assert find.by_key([b.key, 99, a.key]) == (b, a)
    assert find.by_ids([b.id, "no", a.id]) == (b, a)
    assert find.by_key([]) == ()
    assert find.get("no") is None
    assert find.find_path("/srv/art/d/B") == b
    assert find.find_path("/srv/art/D/b") is None
    assert find.find_path("/srv/art/D/b", any_case=True) == b
    assert find.find_path("/elsewhere/d/B", any_case=True) is None
    assert find.by_digest(a.digest) == (a, twin)
    assert find.by_digest("") == ()
    assert find.duplicates() == ((a, twin),)
    number = a.mtime_ns
    assert find.candidates(a.size, number.to_bytes(32, "big")) == (a,)
    find.remove([a.id], **bench.by)
    assert find.by_digest(a.digest) == (twin,)
    assert find.duplicates() == ()
    assert find.candidates(a.size, number.to_bytes(32, "big")) == ()


def test_paging_meets_everything_once_while_others_add(bench: Bench) -> None:
    bench.add(*(f"a{n}" for n in range(20)))
    seen: list[str] = []
    after = 0
    while page := bench.catalog.iterate(after, limit=7):
        seen += [asset.path for asset in page]
        after = page[-1].key
        if len(seen) < 30:
            bench.add(f"late{len(seen)}")
            bench.catalog.remove([page[0].id], **bench.by)
    assert len(seen) == len(set(seen))
    assert {f"a{n}" for n in range(20)} <= set(seen)
    assert sum(path.startswith("late") for path in seen) > 0


ODD = (
    "Ünïcode/日本語.png",
    "tab\there",
    "new\nline",
    "quote'\"",
    "100%_[x]*?",
    "-- drop",
    "e\u0301 decomposed",
    "\u00e9 composed",
    "emoji 🎨",
    " leading and trailing ",
    "nul\x00inside",
    text_path(b"raw\xff\xfe".decode("utf-8", "surrogateescape")),
    "x" * 4000,
)


def test_odd_names_come_back_as_they_were(bench: Bench) -> None:
    assets = bench.add(*ODD)
    bench.reopen()
    assert [bench.again(asset).path for asset in assets] == list(ODD)
    assert set(bench.catalog.scan(bench.root.key)) == set(ODD)
    for asset in assets:
        assert bench.catalog.find_path(text_path(asset.file)) == bench.again(asset)
    assert fold("e\u0301 decomposed") == fold("\u00e9 decomposed")


def test_facts_that_sqlite_cannot_hold_do_not_fail_a_batch(bench: Bench) -> None:
    facts = Facts(
        "file", "x", attributes={"n": float("nan"), "s": "\ud800", "k": 2.5}, text="\udfff"
    )
    (asset,) = bench.catalog.insert([bench.file("a", facts=facts)], author="me", now=bench.now)
    assert dict(asset.attributes) == {"s": "?", "k": 2.5}
    assert asset.text == "?"


def test_roots(bench: Bench) -> None:
    second = bench.catalog.add_root("tex", "/mnt/tex")
    assert bench.catalog.roots() == (bench.root, second)
    for name, folder in (("art", "/x"), ("x", "/srv/art")):
        with pytest.raises(Conflict):
            bench.catalog.add_root(name, folder)
    assert bench.catalog.move_root(second.key, "/new").folder == "/new"
    (a,) = bench.catalog.insert([bench.file("a", root=second.key)], author="me", now=bench.now)
    bench.catalog.move_root(second.key, "/newer/")
    assert bench.again(a).file == "/newer/a"
    assert bench.catalog.find_path("/newer/a") == bench.again(a)
    with pytest.raises(Conflict):
        bench.catalog.move_root(second.key, "/srv/art")
    with pytest.raises(NotFound):
        bench.catalog.move_root(99, "/x")
