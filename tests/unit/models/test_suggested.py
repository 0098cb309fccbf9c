"""From a real photograph over a real network to a reviewed tag."""

from __future__ import annotations

import audobon


def tags(lib: audobon.Library, *refs: str, threshold: float = 0.2) -> None:
    job = lib.run("tags", refs, threshold=threshold)
    lib.work()
    assert not job.result()["failed"]


def test_the_pipeline_suggests_and_the_artist_decides(lib: audobon.Library) -> None:
    tags(lib, "china.jpg", "flower.jpg", threshold=0.05)
    found = {(each.asset.path, each.tag): each for each in lib.suggestions(every=True)}
    palace, daisy = found["china.jpg", "palace"], found["flower.jpg", "daisy"]
    assert palace.component == "efficientnet-lite0"
    assert palace.version.count(".") == 2
    assert all(each.tag != "daisy" for each in lib.suggestions("china.jpg", every=True))
    assert all(each.score >= each.threshold for each in lib.suggestions())
    assert lib.get("china.jpg").tags == lib.get("flower.jpg").tags == ()
    lib.accept(daisy)
    lib.reject(palace)
    tags(lib, "china.jpg", "flower.jpg", threshold=0.1)  # kept results or new ones, all the same
    left = {(each.asset.path, each.tag) for each in lib.suggestions(every=True)}
    assert not left & {("china.jpg", "palace"), ("flower.jpg", "daisy")}
    assert ("china.jpg", "bell tower") in left
    assert lib.get("flower.jpg").tags == ("daisy",)
    assert lib.search("tag:daisy").total == 1


def test_always_tags_what_comes(lib: audobon.Library) -> None:
    lib.tags.rule("bell tower", "always")
    tags(lib, "china.jpg")
    assert lib.get("china.jpg").tags == ("bell tower",)
    assert lib.changes()[-1].label == "always bell tower"
    lib.undo()
    assert lib.get("china.jpg").tags == ()
    assert "bell tower" in [each.tag for each in lib.suggestions("china.jpg")]
