"""The search index of a library, built anew with the help of a worker process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.services.core import indexed, indexhelp
from audobon.storage.index import SearchIndex, parts
from audobon.work import executor

WORDS = ("", "rust", "oak planks", "kind:image", "tag:old", '"written here"')


def answers(library: audobon.Library) -> list[object]:
    pages = [library.search(word, facets=("kind", "tag")) for word in WORDS]
    return [([hit.asset.path for hit in page.hits], page.total, page.facets) for page in pages]


def helped(library: audobon.Library, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Has the library's index made anew by helpers too, of which each gets something to do; what
    they say of it."""
    said: list[int | None] = []
    begun = threading.Event()
    fill, take = indexhelp.IndexHelpers.fill, parts.Part.take

    def watched(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        for each in ranges:
            begun.set()
            yield each

    def noted(
        self: indexhelp.IndexHelpers,
        folder: Path,
        ranges: Iterator[tuple[int, int]],
        cancel: Callable[[], bool],
    ) -> int | None:
        try:
            said.append(fill(self, folder, watched(ranges), cancel))
        finally:
            begun.set()
        return said[-1]

    def later(self: parts.Part, *given: object) -> None:
        begun.wait()
        take(self, *given)  # type: ignore[arg-type]  # as it was asked

    monkeypatch.setattr(indexhelp.IndexHelpers, "fill", noted)
    monkeypatch.setattr(parts.Part, "take", later)
    stores = library._stores
    helpers = indexhelp.IndexHelpers(stores.place, stores.catalog, least=3)
    feed = indexed.CatalogFeed(stores.catalog, stores.writing.of)
    stores.index = SearchIndex(stores.place.index, feed, helpers=helpers)
    stores.index.rebuild()
    return said


def test_a_worker_process_makes_a_part_and_all_is_found_as_before(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexhelp.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(parts, "ROWS", 1)
    image = lib.search("oak").hits[0].asset
    lib.edit(image, add_tags=["old"])
    lib._stores.writing.put({image.digest: "written here"})
    lib._stores.catalog.feed_again([image.digest])
    before = answers(lib)
    said = helped(lib, monkeypatch)
    assert said[0]
    stats = lib._stores.index.stats()
    assert stats["documents"] == lib.search("").total
    assert lib._stores.index.check() == ()
    assert answers(lib) == before


def test_without_worker_processes_it_is_made_all_the_same(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(indexhelp.os, "cpu_count", lambda: 2)
    before = answers(lib)

    def none(*_: object) -> None:
        raise audobon.errors.Unavailable("no Python can run workers")

    monkeypatch.setattr(executor, "find_interpreter", none)
    assert helped(lib, monkeypatch) == [None]
    assert answers(lib) == before


def test_with_one_core_or_few_assets_nobody_helps(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    helpers = indexhelp.IndexHelpers(lib._stores.place, lib._stores.catalog, least=3, most=2)
    for cores, many in ((1, 0), (2, 1), (16, 2)):
        monkeypatch.setattr(indexhelp.os, "cpu_count", lambda cores=cores: cores)
        assert helpers.count() == many
    total = lib.search("").total
    few = indexhelp.IndexHelpers(lib._stores.place, lib._stores.catalog, least=total)
    assert few.count() == 0
