"""An address opens a place, or says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audobon.errors import Invalid, NotFound, Unsupported
from audobon.storage.objects import FolderStore, MemoryStore, open_store


def test_a_folder_is_opened_by_path_and_by_address(tmp_path: Path) -> None:
    folder = tmp_path / "my objects"
    store = open_store(str(folder), create=True)
    store.put("a", b"1")
    again = open_store(folder.as_uri())
    assert isinstance(again, FolderStore)
    assert again.get("a") == b"1"
    assert open_store(store.url).get("a") == b"1"
    with pytest.raises(NotFound):
        open_store(str(tmp_path / "nothing"))


def test_memory_is_the_same_by_name() -> None:
    one = open_store("memory:test-of-opening")
    assert isinstance(one, MemoryStore)
    assert open_store("memory:test-of-opening") is one
    assert open_store("memory:another") is not one


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "http://host/", "sftp://b/c"])
def test_other_kinds_are_told(url: str) -> None:
    with pytest.raises(Unsupported, match="gs://bucket/prefix"):
        open_store(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "file://server/share",
        "file:relative",
        "file:///a?key=hunter2",
        "sftp://a:hunter2@b/c",
    ],
)
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_store(url)
    assert "hunter2" not in f"{caught.value.message}{caught.value.subject}{caught.value.hint}"
