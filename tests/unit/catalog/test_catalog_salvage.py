"""Uses are read out of a catalog that is damaged, as far as its pages are whole."""

from __future__ import annotations

import os
import random
from pathlib import Path

from catalog_bench import Bench

from audobon.storage.catalog import salvaged_uses

_PAGE = 4096


def test_uses_are_read_around_damaged_pages(bench: Bench, tmp_path: Path) -> None:
    assets = bench.add(*(f"some/rather/long/path/to/fill/pages/{n}" for n in range(200)))
    for number in range(3):
        uses = [(each.id, "placed") for each in assets]
        bench.catalog.record_uses(uses, f"host {number}", bench.now)
    copy = tmp_path / "copy.db"
    bench.catalog.backup(copy)
    whole = salvaged_uses(copy)
    assert len(whole) == 600
    assert {use[2] for use in whole} == {"host 0", "host 1", "host 2"}
    known, sound = set(whole), copy.read_bytes()
    size = bench.catalog.db.value("PRAGMA page_size")
    assert size == _PAGE
    leaves, pick = 0, random.Random(7)
    for page in range(1, len(sound) // _PAGE):  # the first one tells what tables there are
        data = bytearray(sound)
        data[page * _PAGE : (page + 1) * _PAGE] = pick.randbytes(_PAGE)
        copy.write_bytes(data)
        found = salvaged_uses(copy)
        assert set(found) <= known
        leaves += 300 < len(found) < 600
    assert leaves >= 3  # one leaf of uses is lost, and the rest comes back
    copy.write_bytes(os.urandom(3 * _PAGE))
    assert salvaged_uses(copy) == ()
    assert salvaged_uses(tmp_path / "nothing.db") == ()


def test_uses_come_into_a_new_catalog(bench: Bench, tmp_path: Path) -> None:
    one, other = bench.add("one.png", "other.png")
    when = bench.now
    bench.catalog.record_uses([(one.id, "placed"), (other.id, "opened")], "blender", when)
    rows = salvaged_uses(bench.path)
    fresh = Bench(tmp_path / "new.db")
    (again,) = fresh.add("one.png")
    taken = [(again.id, *rest) for ident, *rest in rows if ident == one.id]
    assert fresh.catalog.restore_uses([*taken, ("unknown", "placed", "", 1)]) == 1  # type: ignore[list-item]
    (use,) = fresh.catalog.usage(again.id)
    assert (use.kind, use.host, use.at) == ("placed", "blender", when)
    asset = fresh.again(again)
    assert (asset.used, asset.last_used) == (1, when)
    assert fresh.catalog.check(full=True) == ()
    fresh.catalog.close()
