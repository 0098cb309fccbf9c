"""Ten thousand assets, and four hundred changes on each side: only what theirs did is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.storage.history import History

COUNT, CHANGES = 10_000, 400


@pytest.mark.slow
def test_ten_thousand_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "Many"
    for number in range(COUNT):
        folder = root / f"f{number // 200:02d}"
        if number % 200 == 0:
            folder.mkdir(parents=True)
        (folder / f"note{number}.txt").write_text(f"number {number}\n")
    with audobon.Library.create(root) as lib:
        lib.add(root)
        lib.commit("all of them")
        lib.branch("side")
        ids = [asset.id for asset in lib.assets(limit=COUNT)]
        lib.switch("side")
        lib.edit(ids[:CHANGES], rating=4, add_tags=["theirs"])
        for number in range(50):
            (root / "f49" / f"note{9800 + number}.txt").write_text(f"theirs {number}\n")
        lib.commit("theirs")
        lib.switch("main")
        lib.edit(ids[CHANGES - 10 : 2 * CHANGES - 10], note="ours", add_tags=["ours"])
        lib.commit("ours")
        read: list[str] = []
        blob = History.blob

        def counted(self: History, id: str) -> bytes:
            read.append(id)
            return blob(self, id)

        monkeypatch.setattr(History, "blob", counted)
        report: Any = lib.merge("side")
        assert report.merged
        assert len(report.edited) == CHANGES
        assert len(report.written) == 50
        # Theirs once for the merge, then the differences of two versions, some times over;
        # never what nobody changed.
        assert len(read) < 12 * (2 * CHANGES + 50)
        both = lib.search("tag:ours tag:theirs rating:4", limit=50)
        assert both.total == 10
        assert all(hit.asset.note == "ours" for hit in both.hits)
        assert lib.search("tag:theirs").total == lib.search("tag:ours").total == CHANGES
        assert lib.diff("HEAD", "WORKING").entries == ()
        assert lib.undo() is not None
        assert lib.search("tag:theirs").total == 0
        assert lib.search("tag:ours").total == CHANGES
