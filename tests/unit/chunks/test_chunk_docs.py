from __future__ import annotations

import re
from pathlib import Path

from chunk_data import noise

from audobon.storage.chunks import ChunkStore

PAGE = Path(__file__).parents[3] / "docs" / "format" / "packs.md"


def test_every_claim_of_the_format_page_holds(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 5
    with ChunkStore(tmp_path / "chunks") as store:
        small, middle = [b"", b"tiny", bytes(600_000)], [noise(2_000_000), b"line\n" * 300_000]
        for contents in (small, middle, [noise(14_000_000, seed=1)]):
            with store.writer() as writer:
                for data in contents:
                    writer.put_bytes(data)
        packs = sorted((tmp_path / "chunks" / "packs").glob("*.pack"))
        names: dict[str, object] = {"store": store, "packs": packs}
        for block in blocks:
            exec(compile(block, str(PAGE), "exec"), names)
        assert len(names["chunks"]) == store.stats().chunks  # type: ignore[arg-type]
        assert len(names["recipes"]) == store.stats().files == 6  # type: ignore[arg-type]
        assert {recipe[0] for recipe in names["recipes"].values()} == {1, 2}  # type: ignore[attr-defined]
