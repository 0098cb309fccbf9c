"""What is used is noted here and nowhere else, counted, ranked by, and forgotten when asked to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound

OAK, MOSS, RUST = (
    f"textures/{name}.png" for name in ("oak_planks", "mossy_stone_01", "rust_metal_04_4k")
)


def at(monkeypatch: pytest.MonkeyPatch, lib: audobon.Library, days: float) -> datetime:
    """Let it be so many days ago from now on."""
    then = datetime.now(UTC) - timedelta(days=days)
    monkeypatch.setattr(type(lib._stores), "now", staticmethod(lambda: then))
    return then


def test_uses_are_counted_in_every_way(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib.edit([OAK, MOSS], add_tags=["nature"])
    lib.edit([OAK], add_tags=["wood"])
    old = at(monkeypatch, lib, 100)
    lib.record_uses([(OAK, "placed"), (OAK, "placed"), (MOSS, "opened")], host="blender")
    assert lib.verify().ok, "no two assets share a number of the clock"
    new = at(monkeypatch, lib, 0)
    assert lib.record_uses([(RUST, "opened"), (RUST, "opened")], host="krita") == 1
    lib.record_use(RUST, "exported")

    def told(by: str, **how: str) -> list[tuple[str, int]]:
        return [(row.name, row.count) for row in lib.usage(by, **how)]

    # Equally often: the last one first.
    assert told("asset") == [(RUST, 2), (OAK, 2), (MOSS, 1)]
    assert told("tag") == [("nature", 3), ("wood", 2)]
    assert told("host") == [("blender", 3), ("krita", 1), ("", 1)]
    assert told("kind") == [("opened", 2), ("placed", 2), ("exported", 1)]
    assert told("month") == [(f"{new:%Y-%m}", 2), (f"{old:%Y-%m}", 3)]
    assert told("asset", host="krita") == [(RUST, 1)]
    assert told("asset", kind="placed") == [(OAK, 2)]
    assert [row.name for row in lib.usage(since=new - timedelta(days=1))] == [RUST]
    assert lib.usage()[0].ident == lib.get(RUST).id
    assert [(use.kind, use.host) for use in lib.uses(OAK)] == [("placed", "blender")] * 2
    lib.remove(OAK)
    assert told("asset") == [(RUST, 2), (MOSS, 1)]
    assert told("host")[0] == ("blender", 3)
    with pytest.raises(Invalid, match="year"):
        lib.usage("year")
    with pytest.raises(NotFound):
        lib.record_uses([(MOSS, "placed"), ("nothing", "placed")])
    assert told("asset") == [(RUST, 2), (MOSS, 1)]  # all or none


def test_search_knows_uses(lib: audobon.Library, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, lib, 100)
    lib.record_use(MOSS, "placed")
    at(monkeypatch, lib, 0)

    def names(query: str, sort: str | None = None) -> list[str]:
        return [hit.asset.path for hit in lib.search(query, sort=sort).hits]

    assert MOSS in names("unused:>90d")
    assert MOSS not in names("used:0 kind:image")
    lib.record_use(OAK, "placed")
    assert OAK not in names("unused:>90d kind:image")
    assert names("kind:image -used:0", "-last_used") == [OAK, MOSS]
    # Among names that fit alike the one that is used more comes first, then the one used last.
    for name in ("shelf a.txt", "shelf b.txt", "shelf c.txt"):
        (lib.path / name).write_text(name)
    lib.add([lib.path])
    lib.record_uses(
        [("shelf b.txt", "placed"), ("shelf b.txt", "placed"), ("shelf c.txt", "placed")]
    )
    assert names("shelf") == ["shelf b.txt", "shelf c.txt", "shelf a.txt"]


def test_a_use_is_no_change_to_commit(lib: audobon.Library) -> None:
    first = lib.commit("all")
    lib.record_use(OAK, "placed")
    assert lib.stats().uncommitted == 0
    assert lib.commit("nothing new").id == first.id
    lib.edit(OAK, rating=3)
    lib.record_use(OAK, "placed")
    assert lib.stats().uncommitted == 1
    lib.relate(MOSS, "uses", OAK)
    lib.remove(RUST)
    assert lib.stats().uncommitted == 3


def test_nothing_is_noted_where_that_is_switched_off(lib: audobon.Library, folder: Path) -> None:
    lib.record_use(OAK, "placed")
    lib.switch_usage(on=False)
    with audobon.Library.open(folder) as other:
        assert not other.usage_on
        assert other.record_uses([(OAK, "placed")], host="blender") == 0
    assert (lib.get(OAK).used, len(lib.uses(OAK))) == (1, 1)
    assert lib.forget_usage(datetime.now(UTC) - timedelta(days=1)) == 0
    assert lib.get(OAK).used == 1
    assert lib.forget_usage() == 1
    oak = lib.get(OAK)
    assert (oak.used, oak.last_used, lib.uses(OAK), lib.usage()) == (0, None, (), ())
    assert lib.search("used:0 oak").total == 1
    lib.switch_usage(on=True)
    lib.record_use(OAK, "placed")
    assert lib.get(OAK).used == 1


def test_only_old_uses_are_forgotten(lib: audobon.Library, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, lib, 400)
    lib.record_uses([(OAK, "placed"), (MOSS, "placed")])
    now = at(monkeypatch, lib, 0)
    lib.record_use(OAK, "opened")
    assert lib.forget_usage(now - timedelta(days=365)) == 2
    assert (lib.get(OAK).used, lib.get(MOSS).used) == (1, 0)
    assert lib.get(MOSS).last_used is None


def test_what_was_used_is_not_in_the_history(lib: audobon.Library, folder: Path) -> None:
    """Uses stay in the catalog on this machine: without it there are none."""
    lib.record_use(OAK, "placed")
    lib.switch_usage(on=False)
    lib.commit("all")
    catalog = lib.state_path / "catalog.db"
    lib.close()
    for each in catalog.parent.glob("catalog.db*"):
        each.unlink()
    with audobon.Library.open(folder) as again:
        assert again.damaged is None
        assert again.get(OAK).used == 0
        assert not again.usage_on  # what people decided outlives it
        assert again.usage() == ()


def test_uses_are_taken_out_of_a_damaged_catalog(lib: audobon.Library, folder: Path) -> None:
    lib.commit("all")
    lib.record_uses([(OAK, "placed"), (MOSS, "opened")], host="blender")
    catalog = lib.state_path / "catalog.db"
    page = int(lib._stores.catalog.db.value("SELECT rootpage FROM sqlite_schema WHERE name='tag'"))
    size = int(lib._stores.catalog.db.value("PRAGMA page_size"))
    lib.close()
    data = bytearray(catalog.read_bytes())
    data[(page - 1) * size : page * size] = b"\xaa" * size
    catalog.write_bytes(data)
    with audobon.Library.open(folder) as broken:
        broken.doctor(repair=True)
    with audobon.Library.open(folder) as again:
        assert len(list(again.state_path.glob("catalog-damaged-*.db"))) == 1
        assert [(row.name, row.count) for row in again.usage()] == [(MOSS, 1), (OAK, 1)]
        assert again.get(OAK).used == 1
        assert [hit.asset.path for hit in again.search("used:>0", sort="name").hits] == [MOSS, OAK]
        assert again.diff("HEAD", "WORKING").entries == ()
        assert again.verify().ok
