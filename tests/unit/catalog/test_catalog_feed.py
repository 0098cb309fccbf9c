"""Who follows the catalog meets every change, and every colour that was learnt."""

from __future__ import annotations

import tempfile
from pathlib import Path

from catalog_bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_feed_meets_every_change_and_every_colour(data: st.DataObject) -> None:
    """Whoever reads on from the last seq, in pages of any size, has what is true in the end."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "catalog.db")
        digests = [f"{number:02x}" * 32 for number in range(3)]
        assets = bench.add(*(f"{number}.png" for number in range(5)))
        seen: dict[int, tuple[int, str, bytes | None]] = {}
        mark, limit = 0, data.draw(st.integers(1, 4))
        steps = data.draw(
            st.lists(st.sampled_from(("color", "digest", "rate", "again", "read")), max_size=12)
        )
        for step in (*steps, "read"):
            asset = data.draw(st.sampled_from(assets))
            if step == "color":
                swatch = bytes((data.draw(st.integers(0, 2)), 1, 2, 255))
                bench.catalog.set_colors({data.draw(st.sampled_from(digests)): swatch})
            elif step == "digest":
                bench.catalog.set_digests([(asset.key, data.draw(st.sampled_from(digests)))])
            elif step == "again":
                before = bench.catalog.dirty(0)
                bench.catalog.feed_again([data.draw(st.sampled_from(digests))])
                assert bench.catalog.dirty(0) == before  # that is no change of any asset
            elif step == "rate":
                bench.edit((asset,), rating=data.draw(st.integers(0, 5)))
            while step == "read" and (rows := bench.catalog.feed(mark, limit)):
                assert [row.seq for row in rows] == sorted(row.seq for row in rows)
                assert rows[0].seq > mark
                for row in rows:
                    assert row.asset is not None
                    seen[row.key] = (row.asset.rating, row.asset.digest, row.swatches)
                mark = rows[-1].seq
        for asset in assets:
            now = bench.again(asset)
            assert seen[asset.key] == (now.rating, now.digest, bench.catalog.colors(now.digest))
        assert mark == bench.catalog.clock() or not bench.catalog.feed(mark)
        bench.catalog.close()


def test_what_was_learnt_of_a_picture_leaves_its_colours_to_be_looked_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "catalog.db")
    (asset,) = bench.add("sign.png")
    bench.catalog.set_digests([(asset.key, "ab" * 32)])
    clock = bench.catalog.clock()
    bench.catalog.feed_again(["ab" * 32, ""])
    assert bench.catalog.count_since(clock) == 0
    ((met, swatches),) = [(row.key, row.swatches) for row in bench.catalog.feed(clock)]
    assert (met, swatches) == (asset.key, None)
    assert bench.catalog.colors("ab" * 32) is None
    assert list(bench.catalog.whole(0).swatches) == [None]
    assert [one.key for one in bench.catalog.without_colors(["image"])] == [asset.key]
    bench.catalog.set_colors({"ab" * 32: b""})
    bench.catalog.feed_again(["ab" * 32])
    assert bench.catalog.colors("ab" * 32) == b""
    assert bench.catalog.without_colors(["image"]) == ()
    bench.catalog.close()
