"""What a real network reads in pictures is found by words, and is part of what they mean."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import audobon
from audobon.models.registry import Models
from audobon.services.pipelines.meanings import text_of
from audobon.services.pipelines.written import written
from audobon.storage.writing import WritingStore
from audobon.storage.writing.store import LONGEST


def _sign(path: Path, *lines: str) -> None:
    page = Image.new("RGB", (640, 60 + 90 * len(lines)), (240, 236, 220))
    for row, line in enumerate(lines):
        font = ImageFont.load_default(52)
        ImageDraw.Draw(page).text((40, 30 + 90 * row), line, fill=(20, 20, 30), font=font)
    page.save(path)


@pytest.fixture
def library(
    tmp_path: Path,
    install: Callable[..., Models],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[audobon.Library]:
    data = tmp_path_factory.mktemp("text")
    install(data, "ocr")
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setenv("XDG_CACHE_HOME", str(data / "cache"))
    root = tmp_path / "MyAssets"
    root.mkdir()
    _sign(root / "IMG_0001.png", "HIGH VOLTAGE", "keep out")
    _sign(root / "IMG_0002.png", "Bakery Wagner")
    shutil.copy(root / "IMG_0001.png", root / "again.png")
    with audobon.Library.create(root, "Test") as made:
        made.add([root])
        yield made


def names(page: audobon.Page) -> list[str]:
    return sorted(hit.asset.name for hit in page.hits)


def test_words_in_pictures_are_found(library: audobon.Library) -> None:
    assert library.search("voltage").total == 0
    version = library.commit("before")
    job = library.run("ocr", ["IMG_0001.png", "IMG_0002.png"])
    library.work()
    assert job.result()["failed"] == []
    page = library.search("voltage")
    assert names(page) == ["IMG_0001.png", "again.png"]  # equal bytes, read once
    assert {hit.why for hit in page.hits} == {("text in the picture",)}
    assert names(library.search("wagner kind:image")) == ["IMG_0002.png"]
    assert names(library.search('"high voltage"')) == ["IMG_0001.png", "again.png"]
    # No change to any asset: there is nothing to undo, nothing in a version.
    assert library.get("IMG_0001.png").text == ""
    assert library.diff(version.id, "WORKING").entries == ()
    # Another process sees it, and a rebuilt index still holds it.
    with audobon.Library.open(library.path, read_only=True) as reader:
        assert names(reader.search("voltage")) == ["IMG_0001.png", "again.png"]
    shutil.rmtree(library.state_path / "derived" / "index", ignore_errors=True)
    with audobon.Library.open(library.path) as again:
        assert names(again.search("bakery")) == ["IMG_0002.png"]
    _texts_come_back(library)
    # Lost with all that is derived, and read again from nothing.
    shutil.rmtree(library.state_path / "derived", ignore_errors=True)
    with audobon.Library.open(library.path) as bare:
        assert bare.search("bakery").total == 0
        job = bare.run("ocr", "IMG_0002.png")
        bare.work()  # unless the library's own process is at it already
        assert job.result()["failed"] == []
        assert names(bare.search("bakery")) == ["IMG_0002.png"]


def _texts_come_back(library: audobon.Library) -> None:
    """Deleted or damaged, the file of texts is made again from the results that are kept."""
    texts = library.state_path / "derived" / "writing.db"
    for damage in (Path.unlink, lambda path: path.write_bytes(b"no database at all" * 400)):
        library.close()
        for side in texts.parent.glob("writing.db-*"):
            side.unlink()
        damage(texts)
        shutil.rmtree(texts.parent / "index", ignore_errors=True)
        with audobon.Library.open(library.path) as lost:
            assert lost.search("bakery").total == 0
            while any(job.state in ("queued", "running") for job in lost.jobs()):
                lost.work()
            assert names(lost.search("bakery")) == ["IMG_0002.png"]
            assert names(lost.search("voltage")) == ["IMG_0001.png", "again.png"]
            count = len(lost.jobs())
        with audobon.Library.open(library.path) as again:
            assert names(again.search("bakery")) == ["IMG_0002.png"]
            assert len(again.jobs()) == count  # nobody looks for them twice


def test_text_in_a_picture_is_part_of_its_meaning(library: audobon.Library) -> None:
    asset = library.get("IMG_0002.png")
    assert text_of(asset, "Bakery Wagner\nsince 1924").endswith("Bakery Wagner, since 1924")
    assert written([{"text": "a", "score": 1.0}, {"text": "b"}]) == "a\nb"


def test_the_store_tells_what_is_new(tmp_path: Path) -> None:
    store = WritingStore(tmp_path / "derived" / "writing.db", base=tmp_path)
    assert store.of(["a"]) == {}
    assert store.put({"a": "one", "b": ""}) == ("a",)
    assert store.put({"a": "one", "b": ""}) == ()
    assert store.put({"a": "two", "b": "x" * (LONGEST + 5)}) == ("a", "b")
    assert store.put({"a": ""}) == ("a",)
    assert store.of(["a", "b", "c", ""]) == {"a": "", "b": "x" * LONGEST}
    store.close()
    store.path.write_bytes(b"no database at all" * 400)
    assert store.of(["a"]) == {}
    assert store.put({"a": "three"}) == ("a",)
    assert store.of(["a"]) == {"a": "three"}
    store.close()
