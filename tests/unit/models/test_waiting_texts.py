"""Texts that wait for the network: all are taken, part after part, whatever is saved meanwhile."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from audobon.codec.vectors import halved
from audobon.services.pipelines import meanings
from audobon.storage.vectors import VectorStore


def content(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def test_what_waits_is_not_looked_for_among_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = VectorStore(tmp_path / "space.db", base=tmp_path)
    store.hold([(number, content(number)) for number in range(400)], mark=1)
    monkeypatch.setattr(meanings, "_AT_ONCE", 16)
    asked, begun = store.waiting, []

    def told(limit: int, *, after: bytes = b"") -> list[tuple[bytes, int]]:
        begun.append(after)
        return asked(limit, after=after)

    monkeypatch.setattr(store, "waiting", told)
    done: list[bytes] = []
    for rows in meanings._parts(store):
        names = [name for name, _ in rows]
        done += names
        if len(done) == 32:  # saved meanwhile, before and behind what was done
            store.hold([(1000 + number, content(1000 + number)) for number in range(40)], mark=2)
        store.put({name: halved([1.0, 0.0]) for name in names})
    assert len(done) == len(set(done)) == 440
    assert not store.waits()
    # Each part begins where the last one ended, and the beginning is looked at when all is done.
    assert begun.count(b"") <= 4
    store.close()
