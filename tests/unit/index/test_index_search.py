"""What artists type, and what they get."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from index_documents import DAY, NAMES, NOW, NOW_MICRO, document

from audobon.codec.query_text import parse
from audobon.errors import Invalid, Unsupported
from audobon.storage.index import Document, Found, SearchIndex
from audobon.testing.feeds import MemoryFeed


@pytest.fixture(params=["main", "tail", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    """Ten names, once in the index on disk, once all in the tail."""
    feed = MemoryFeed(document(key, name) for key, name in enumerate(NAMES, 1))
    index = SearchIndex(None if request.param == "memory" else tmp_path / "index", feed)
    if request.param == "main":
        assert index.catch_up()
    return index


def ask(index: SearchIndex, text: str, *, typing: bool = False, **options: object) -> Found:
    return index.search(parse(text, typing=typing), now=NOW, **options)  # type: ignore[arg-type]


def names(found: Found) -> set[str]:
    return {NAMES[hit.key - 1] for hit in found.hits}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rust", {"rust_metal_04_4k.png", "RustMetal.blend"}),
        ("RUSTMETAL", {"rust_metal_04_4k.png", "RustMetal.blend"}),
        ("rust_metal", {"rust_metal_04_4k.png", "RustMetal.blend"}),
        ("4k", {"rust_metal_04_4k.png"}),
        ("ete", {"été_mousse.jpg"}),
        ("ÉTÉ", {"été_mousse.jpg"}),
        ("ржавый", {"Ржавый металл 04.png"}),
        ("木目", {"木目テクスチャ_02.exr"}),
        ("目テ", {"木目テクスチャ_02.exr"}),
        ("map", {"HDRIMap.hdr"}),
        ('"old wood"', {"old wood 02.kra", "OldWoodFloor.png"}),
        ('"wood old"', set()),
        ("wood -old", {"wood.png"}),
        ("-ext:png -ext:blend -ext:kra -ext:obj -ext:hdr -ext:exr", {"été_mousse.jpg"}),
        ("& wood", {"old wood 02.kra", "OldWoodFloor.png", "wood.png"}),
    ],
)
def test_finds(index: SearchIndex, text: str, found: set[str]) -> None:
    assert names(ask(index, text)) == found


@pytest.mark.parametrize("text", ["h", "hd", "hdri", "hdrim", "HDRIMa", "hdrimap"])
def test_found_while_typing(index: SearchIndex, text: str) -> None:
    assert "HDRIMap.hdr" in names(ask(index, text, typing=True))


def test_typing_mistake_is_corrected_and_said(index: SearchIndex) -> None:
    found = ask(index, "rsut metal")
    assert names(found) == {"rust_metal_04_4k.png", "RustMetal.blend"}
    assert "rsut" in found.notes[0]
    assert "rust" in found.notes[0]
    assert not ask(index, "rust").notes
    assert not ask(index, "zzzzzz").hits


def test_corrected_pages_go_on(tmp_path: Path) -> None:
    feed = MemoryFeed(document(key, f"concrete {key}.png") for key in range(1, 8))
    index = SearchIndex(tmp_path, feed)
    first = ask(index, "concrte", limit=4)
    second = ask(index, "concrte", limit=4, after=first.next)
    assert len({hit.key for hit in (*first.hits, *second.hits)}) == 7
    assert second.next is None


def test_exact_matches_are_never_mixed_with_near_ones(tmp_path: Path) -> None:
    feed = MemoryFeed([document(1, "metal.png"), document(2, "medal.png")])
    assert [hit.key for hit in ask(SearchIndex(tmp_path, feed), "metal").hits] == [1]


def test_name_before_tag_before_path_before_text(tmp_path: Path) -> None:
    feed = MemoryFeed(
        [
            document(1, "a.png", text="moss", used=1000),
            document(2, "b.png", path="moss/b.png"),
            document(3, "c.png", tags=("moss",)),
            document(4, "one two three moss four five.png"),
            document(5, "moss.png"),
        ]
    )
    found = ask(SearchIndex(tmp_path, feed), "moss")
    assert [(hit.key, hit.why) for hit in found.hits] == [
        (5, ("name", "path")),
        (4, ("name", "path")),
        (3, ("tag",)),
        (2, ("path",)),
        (1, ("text",)),
    ]
    assert [hit.score for hit in found.hits] == sorted((h.score for h in found.hits), reverse=True)


def test_whole_words_before_begun_ones_and_use_breaks_ties(tmp_path: Path) -> None:
    feed = MemoryFeed(
        [document(1, "woody.png"), document(2, "wood.png"), document(3, "wood.jpg", used=50)]
    )
    found = ask(SearchIndex(tmp_path, feed), "wood", typing=True)
    assert [hit.key for hit in found.hits] == [3, 2, 1]


def test_state_present_is_implied_unless_asked(tmp_path: Path) -> None:
    feed = MemoryFeed([document(1, "a.png"), document(2, "b.png", state="missing")])
    index = SearchIndex(tmp_path, feed)
    index.catch_up()
    assert {hit.key for hit in ask(index, "").hits} == {1}
    assert {hit.key for hit in ask(index, "state:missing").hits} == {2}
    assert {hit.key for hit in ask(index, "-state:removed").hits} == {1, 2}


def test_ages_count_from_now(tmp_path: Path) -> None:
    feed = MemoryFeed(
        [
            document(1, "new.png", added=NOW_MICRO - DAY, last_used=NOW_MICRO - DAY, used=1),
            document(2, "old.png", added=NOW_MICRO - 30 * DAY),
        ]
    )
    index = SearchIndex(tmp_path, feed)
    assert {hit.key for hit in ask(index, "added:<7d").hits} == {1}
    assert {hit.key for hit in ask(index, "added:2026-05-01..2026-05-05").hits} == {2}
    assert {hit.key for hit in ask(index, "unused:>90d").hits} == {2}
    assert {hit.key for hit in ask(index, "used:0").hits} == {2}


def test_newest_first_without_words(tmp_path: Path) -> None:
    feed = MemoryFeed([document(1, "a.png", added=5), document(2, "b.png", added=9)])
    assert [hit.key for hit in ask(SearchIndex(tmp_path, feed), "kind:image").hits] == [2, 1]


def test_completion(tmp_path: Path) -> None:
    feed = MemoryFeed(
        [
            document(1, "metal_rust.png", tags=("Old Wood", "Oak")),
            document(2, "MetalSheet.png", tags=("Old Wood",), catalogs=("Props", "Props/Oven")),
        ]
    )
    index = SearchIndex(tmp_path, feed)
    index.catch_up()
    feed.put(document(3, "meadow.png", tags=("oar",)))
    feed.remove(1)
    assert index.complete("rusty ME") == ("metal", "meadow")
    assert index.complete("o", field="tag") == ("Old Wood", "oar")
    assert index.complete("props/", field="in") == ("Props/Oven",)
    assert index.complete("pn", field="ext") == ("png",)
    with pytest.raises(Invalid):
        index.complete("x", field="note")


@pytest.mark.parametrize("text", ["like:a.png", "wood like:a.png", 'meaning:"mossy stone"'])
def test_signals_are_refused_in_words(index: SearchIndex, text: str) -> None:
    with pytest.raises(Unsupported, match="likeness"):
        ask(index, text)


def test_bad_requests_are_refused(index: SearchIndex) -> None:
    with pytest.raises(Invalid, match="sort order"):
        ask(index, "wood", sort="colour")
    with pytest.raises(Invalid, match="counted"):
        ask(index, "wood", facets=("colour",))
    with pytest.raises(Invalid, match="page"):
        ask(index, "wood", limit=-1)
    token = ask(index, "wood", limit=1).next
    assert token
    with pytest.raises(Invalid, match="another query"):
        ask(index, "rust", after=token)
    for damaged in ("x", token[:-4], "W10", "é"):
        with pytest.raises(Invalid, match="token"):
            ask(index, "wood", after=damaged)


def test_a_page_of_none_still_counts(index: SearchIndex) -> None:
    found = ask(index, "wood", limit=0, facets=("ext",))
    assert (found.hits, found.total, found.next) == ((), 3, None)
    assert {count.value: count.count for count in found.facets["ext"]} == {"png": 2, "kra": 1}


def test_saved_is_found_at_once_and_removed_is_gone(tmp_path: Path) -> None:
    feed = MemoryFeed([document(1, "wood.png"), document(2, "wood 2.png")])
    index = SearchIndex(tmp_path, feed)
    index.catch_up()
    reader = SearchIndex(tmp_path, feed, read_only=True)
    assert ask(reader, "wood").total == 2
    feed.put(document(1, "renamed.png"), document(3, "wood 3.png"))
    feed.remove(2)
    for view in (index, reader):
        assert {hit.key for hit in ask(view, "wood").hits} == {3}
        assert ask(view, "renamed").total == 1
    assert index.catch_up()
    assert not reader.catch_up()
    assert {hit.key for hit in ask(reader, "wood").hits} == {3}
    assert index.stats()["documents"] == 2


def test_nothing_is_loaded_before_the_first_use() -> None:
    code = (
        "import sys; from pathlib import Path; from audobon.storage.index import SearchIndex;"
        "from audobon.testing.feeds import MemoryFeed;"
        "i = SearchIndex(Path('unused'), MemoryFeed()); assert 'tantivy' not in sys.modules;"
        "assert not {'numpy', 'apsw', 'pygit2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_read_only_without_a_folder_searches_from_memory(tmp_path: Path) -> None:
    feed = MemoryFeed([Document(key=1, seq=0, name="wood.png", path="wood.png")])
    index = SearchIndex(tmp_path / "none", feed, read_only=True)
    assert ask(index, "wood").total == 1
    assert not (tmp_path / "none").exists()


def test_a_colour_is_a_reason_and_new_colours_are_found(tmp_path: Path) -> None:
    green, red = bytes((0, 128, 0, 230)), bytes((200, 20, 20, 230))
    feed = MemoryFeed(
        [document(1, "moss.png", swatches=green), document(2, "wood.png", swatches=b"")]
    )
    index = SearchIndex(tmp_path / "index", feed)
    assert index.catch_up()

    def why(text: str) -> dict[int, tuple[str, ...]]:
        return {hit.key: hit.why for hit in ask(index, text).hits}

    assert why("color:green") == {1: ("color",)}
    assert why("color:green moss") == {1: ("name", "path", "color")}
    assert why("(color:green OR wood)") == {1: ("color",), 2: ("name", "path")}
    assert why("color:red") == {}
    feed.put(document(3, "brick.png", swatches=red))
    assert why("color:red") == {3: ("color",)}, "from the tail"
    assert index.catch_up()
    assert why("color:red") == {3: ("color",)}, "from the disk, whose colours were listed before"
    feed.remove(3)
    assert why("color:red") == {}
