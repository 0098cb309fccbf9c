"""What this version wrote is read for ever: by the code, and by the page that describes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from audobon.storage.objects import MemoryStore
from audobon.storage.vault import Vault, count_old

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "vault"
PAGE = ROOT / "docs" / "format" / "sealed.md"
PLAIN = {
    "empty": b"",
    "packs/frames.pack": (bytes(range(251)) * 300)[:66000],
    "packs/old.pack": b"sealed with the first key",
    "refs/heads/main.json": b'{"head":"1"}',
}


def _place() -> dict[str, bytes]:
    folder = DATA / "format-1"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _store() -> MemoryStore:
    store = MemoryStore()
    for key, data in _place().items():
        store.put(key, data)
    return store


@pytest.mark.parametrize("way", [0, 1, "recovery"])
def test_a_place_of_format_1_is_read(way: int | str) -> None:
    told = json.loads((DATA / "format-1.json").read_text("utf-8"))
    store = _store()
    if way == "recovery":
        vault = Vault.open(store, recovery=told["recovery"])
    else:
        vault = Vault.open(store, told["passphrases"][way])
    opened = vault.store()
    assert [each.key for each in opened.list()] == sorted(PLAIN)
    assert {key: opened.get(key) for key in PLAIN} == PLAIN
    assert [each.size for each in opened.list()] == [len(PLAIN[key]) for key in sorted(PLAIN)]
    assert count_old(opened) == 1
    assert vault.mark.serial == 3


def test_the_page_of_the_format_reads_it() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    told = json.loads((DATA / "format-1.json").read_text("utf-8"))
    names = {"place": _place(), "plain": PLAIN, "passphrase": told["passphrases"][0]}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
