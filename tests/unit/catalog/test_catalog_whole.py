"""What an index that is built anew is given: the same as by following every change, read by key."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from catalog_bench import Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Corrupt
from audobon.model.asset import Asset, Facts
from audobon.services.core.feed import CatalogFeed
from audobon.storage.catalog.bundles import NamedFile
from audobon.storage.index import Document, page_of

NAMES = (
    *("Rock_Color.png", "Rock_Normal.png", "été 02.KRA", "wood.v001.blend", "木目.png"),
    *("noext", ".hidden", "a/b/Metal_metallic.PNG"),
)
KINDS = ("image", "blend", "audio", "document")
STEPS: dict[str, Callable[[Bench, Asset], object]] = {
    "tags": lambda b, a: b.edit((a,), add_tags=("zebra", "Ätna", "oak", f"own{a.key}")),
    "one tag": lambda b, a: b.edit((a,), add_tags=("oak",)),
    "parent": lambda b, a: b.catalog.move_tag("oak", "wood", **b.by),  # type: ignore[arg-type]
    "alias": lambda b, a: b.catalog.add_alias("eiche", "oak", **b.by),  # type: ignore[arg-type]
    "catalog": lambda b, a: b.edit((a,), catalog="Materials/Wood"),
    "note": lambda b, a: b.edit((a,), note="a client's", rating=3),
    "attributes": lambda b, a: b.edit((a,), attributes=(("made by", "Ann"), ("bits", None))),
    "missing": lambda b, a: b.catalog.mark_missing([a.key], **b.by),  # type: ignore[arg-type]
    "removed": lambda b, a: b.catalog.remove([a.id], **b.by),  # type: ignore[arg-type]
    "used": lambda b, a: b.catalog.record_uses([(a.id, "placed")], host="t", now=b.now),
    "colours": lambda b, a: b.catalog.set_colors({a.digest: bytes((a.key, 1, 2, 255))}),
    "learnt": lambda b, a: b.catalog.feed_again([a.digest]),
    "digest": lambda b, a: b.catalog.set_digests(
        [(a.key, ("ab" if a.kind == "image" else "cd") * 32)]
    ),
    "bundles": lambda b, a: b.catalog.group(_stem, lambda files: min(f.key for f in files)),
}


def _stem(file: NamedFile) -> int | None:
    return 1 + len(file.path) % 2


def _seen(digests: Collection[str]) -> dict[str, str]:
    return {each: "written in it" for each in digests if each == "ab" * 32}


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_it_is_what_following_every_change_gives(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "catalog.db")
        for name in ("wood", "oak"):
            bench.catalog.create_tag(name, **bench.by)  # type: ignore[arg-type]
        bench.catalog.create_catalog("Materials/Wood", **bench.by)  # type: ignore[arg-type]
        assets = [
            *bench.catalog.insert(
                [
                    bench.file(name, facts=Facts(KINDS[at % 4], "x", None, at, {"l": ("u", "v")}))
                    for at, name in enumerate(NAMES)
                ],
                author="Ann",
                now=bench.now,
            )
        ]
        for step in data.draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=10)):
            asset = data.draw(st.sampled_from(assets))
            if step == "alias" and bench.catalog.tag_name("eiche"):
                continue
            if bench.again(asset).state != "removed":
                STEPS[step](bench, bench.again(asset))
        feed = CatalogFeed(bench.catalog, _seen)
        limit = data.draw(st.integers(1, 9))
        followed: dict[int, Document] = {}
        since = 0
        while rows := feed.rows(since, limit):
            followed |= {key: document for _, key, document in rows if document is not None}
            since = rows[-1][0]
        whole: list[tuple[object, ...]] = []
        after = 0
        while (page := feed.whole(after, limit)).key:
            assert len(page.key) <= limit
            after = page.key[-1]
            whole += zip(*page, strict=True)
        in_order = page_of([followed[key] for key in sorted(followed)])
        assert whole == list(zip(*in_order, strict=True))
        bench.catalog.close()


@pytest.mark.parametrize("change", ["size = 'large'", "note = x'01'", "text = x'00'", "used = 0.5"])
def test_a_row_that_holds_what_was_never_written_is_told(tmp_path: Path, change: str) -> None:
    bench = Bench(tmp_path / "catalog.db")
    bench.add("a.png", "b.png")
    bench.catalog.db.execute(f"UPDATE asset SET {change} WHERE key = 2")
    with pytest.raises(Corrupt, match="row 2"):
        bench.catalog.whole(0)
    bench.catalog.close()
