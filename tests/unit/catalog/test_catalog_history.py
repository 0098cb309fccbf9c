"""The feed, the vocabulary as data, and a catalog made again from manifests."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest
from catalog_bench import ANN, Bench

from audobon.codec.manifest import Manifest, asset_manifest
from audobon.errors import Conflict, Corrupt, NotFound
from audobon.model.asset import Asset, Facts
from audobon.storage.catalog import FileUpdate


def _manifest(bench: Bench, asset: Asset) -> Manifest:
    edges = bench.catalog.related(asset.id)
    return asset_manifest(bench.again(asset), tuple((edge.kind, edge.dst) for edge in edges))


def test_the_feed_can_be_read_in_pages_to_its_end(bench: Bench) -> None:
    assets = bench.add(*(f"f{n}" for n in range(10)), tags=("t",), catalog="A/B")
    bench.catalog.remove([assets[3].id], **bench.by)
    bench.edit((assets[1],), rating=1)
    seen: list[tuple[int, int]] = []
    since = 0
    while rows := bench.catalog.feed(since, limit=3):
        seen += [(row.seq, row.key) for row in rows]
        since = rows[-1].seq
    assert seen == sorted(seen)
    assert sorted(key for _, key in seen) == [asset.key for asset in assets]
    assert since == bench.catalog.clock()
    rows = {row.key: row for row in bench.catalog.feed(0, 100)}
    assert rows[assets[3].key].asset is None
    assert rows[assets[0].key].asset == assets[0]
    assert (rows[assets[0].key].tags, rows[assets[0].key].tag_words) == (("t",), ("t",))
    assert [a.id for a in bench.catalog.dirty(assets[-1].seq)] == [assets[3].id, assets[1].id]
    assert bench.catalog.dirty(bench.catalog.clock()) == ()


def test_another_process_s_vocabulary_reaches_the_feed(bench: Bench) -> None:
    bench.add("a", tags=("oak",))
    assert bench.catalog.feed(0)[0].tags == ("oak",)
    other = type(bench.catalog).open(bench.path)
    other.create_tag("wood", **bench.by)
    other.move_tag("oak", "wood", **bench.by)
    other.close()
    assert bench.catalog.feed(0)[0].tags == ("oak", "wood")


def _filled(bench: Bench) -> tuple[Asset, ...]:
    catalog = bench.catalog
    catalog.create_tag("wood", **bench.by)
    catalog.create_tag("oak", "wood", **bench.by)
    catalog.add_alias("timber", "wood", **bench.by)
    catalog.create_catalog("Empty/Shelf", **bench.by)
    catalog.save_set("best", "rating:5")
    assets = bench.add("a", "b", "c", tags=("oak",), catalog="Props")
    bench.edit(assets[:1], rating=5, note="n", attributes=(("bits", None), ("shot", ("1", "2"))))
    catalog.relate(assets[0].id, "uses", assets[1].id, **bench.by)
    catalog.relate(assets[1].id, "uses", assets[0].id, **bench.by)
    catalog.mark_missing([assets[1].key], author="me", now=bench.now)
    catalog.remove([assets[2].id], **bench.by)
    return assets


def test_everything_comes_back_from_the_history(bench: Bench, tmp_path: Path) -> None:
    assets = _filled(bench)
    words = json.loads(json.dumps(bench.catalog.vocabulary()))
    manifests = [_manifest(bench, asset) for asset in assets]
    again = Bench(tmp_path / "again.db")
    again.catalog.load_vocabulary(words, **again.by)
    change = again.catalog.import_assets(manifests, **again.by)
    assert (change.kind, len(change.assets)) == ("add", 3)
    assert again.state() == bench.state()
    assert again.catalog.vocabulary() == bench.catalog.vocabulary()
    assert [_manifest(again, asset) for asset in assets] == manifests
    assert again.again(assets[0]).mtime_ns == 0
    assert again.undo() is None
    # What the file says itself is its own again once it was read; the rest stays.
    facts = Facts("image", "png", attributes={"space": "linear", "bits": 8})
    update = FileUpdate(again.again(assets[0]).key, 1, 2, b"p" * 32, "d" * 64, facts)
    (after,) = again.catalog.update_files([update], author=ANN, now=again.now)
    assert dict(after.attributes) == {"space": "linear", "bits": 8, "shot": ("1", "2")}
    assert again.catalog.check(full=True) == ()
    again.catalog.close()


def test_importing_makes_known_assets_as_they_were(bench: Bench) -> None:
    assets = _filled(bench)
    manifests = [_manifest(bench, asset) for asset in assets]
    before = bench.state()
    bench.edit(assets[:2], add_tags=("later",), rating=1, attributes=(("space", "x"),))
    bench.catalog.unrelate(assets[0].id, "uses", assets[1].id, **bench.by)
    key = bench.root.key
    moves = [(assets[0].key, key, "b", 1), (assets[1].key, key, "a", 1)]
    bench.catalog.move(moves, author=ANN, now=bench.now)
    bench.catalog.import_assets(manifests, **bench.by)
    bench.catalog.remove_tag("later", **bench.by)
    assert bench.state() == before
    # The bytes are those recorded, so what is known of the file stays known.
    assert bench.again(assets[0]).mtime_ns == 1
    assert bench.catalog.candidates(assets[0].size, assets[0].mtime_ns.to_bytes(32, "big"))
    other = attrs.evolve(manifests[0], digest="f" * 64)
    bench.catalog.import_assets([other], **bench.by)
    assert bench.again(assets[0]).mtime_ns == 0
    assert bench.again(assets[0]).digest == "f" * 64


def test_an_import_that_fails_leaves_nothing(bench: Bench) -> None:
    a, b = bench.add("a", "b")
    before = bench.state()
    fresh = attrs.evolve(_manifest(bench, a), id="f" * 32, tags=("new",))
    with pytest.raises(Conflict):
        bench.catalog.import_assets([fresh], **bench.by)
    with pytest.raises(Conflict):
        bench.catalog.import_assets(
            [attrs.evolve(_manifest(bench, x), path="same") for x in (a, b)], **bench.by
        )
    with pytest.raises(NotFound, match="nowhere"):
        bench.catalog.import_assets([attrs.evolve(fresh, root="nowhere")], **bench.by)
    assert bench.state() == before
    unknown = attrs.evolve(fresh, path="c", relationships=(("uses", "e" * 32), ("uses", a.id)))
    bench.catalog.import_assets([unknown], **bench.by)
    assert [edge.dst for edge in bench.catalog.related("f" * 32)] == [a.id]


def test_a_vocabulary_rules_over_what_is_there(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_tag("B", **bench.by)
    catalog.create_tag("A", "B", **bench.by)
    catalog.create_tag("mine", "A", **bench.by)
    catalog.add_alias("C", "B", **bench.by)
    catalog.add_alias("word", "B", **bench.by)
    catalog.load_vocabulary(
        {
            "tags": [
                {"name": "a", "parent": None, "aliases": ["word"]},
                {"name": "b", "parent": "a", "aliases": []},
                {"name": "C", "parent": "b", "aliases": []},
                {"name": "d", "parent": "unlisted", "aliases": []},
            ],
            "sets": {"s": "q"},
        },
        **bench.by,
    )
    tags = {tag.name: (tag.parent, tag.aliases) for tag in catalog.tags()}
    assert tags == {
        "a": (None, ("word",)),
        "b": ("a", ()),
        "C": ("b", ()),
        "d": ("unlisted", ()),
        "unlisted": (None, ()),
        "mine": ("a", ()),
    }


@pytest.mark.parametrize(
    "data",
    [
        {"tags": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]},
        {"tags": [{"name": "a", "parent": "A"}]},
        {"tags": [{"parent": "a"}]},
        {"tags": 5},
        {"tags": [{"name": 'a"b'}]},
        {"catalogs": ["a//b"]},
        {"catalogs": 5},
        {"sets": ["x"]},
    ],
)
def test_a_damaged_vocabulary_changes_nothing(bench: Bench, data: dict[str, object]) -> None:
    before = bench.state()
    with pytest.raises(Corrupt):
        bench.catalog.load_vocabulary(data, **bench.by)
    assert bench.state() == before


def test_stats_count_one_moment(bench: Bench) -> None:
    assets = _filled(bench)
    stats = bench.catalog.stats()
    assert (stats.present, stats.missing, stats.removed) == (1, 1, 1)
    assert (stats.size, stats.kinds) == (assets[0].size, (("image", 1),))
    assert (stats.tags, stats.catalogs, stats.relationships) == (2, 3, 2)
    assert (stats.sets, stats.roots, stats.changes) == (1, 1, len(bench.catalog.changes(0)))
