"""The blocks of a .blend that are not DATA: found quickly, and the same as when all are walked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from format_samples import blend

from audobon.errors import BadFile
from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.source import open_source


def walked(path: Path, read: int, *, main: bool) -> list[tuple[Block, bytes]]:
    source = open_source(str(path))
    try:
        stream = BlendStream(source)
        blocks = stream.main_blocks() if main else stream.blocks()
        found = [(block, stream.read(read)) for block in blocks]
    finally:
        os.close(source.fd)
    return [(block, body) for block, body in found if block.code != b"DATA"]


@pytest.mark.parametrize("read", [0, 7, 1 << 20])
@pytest.mark.parametrize(
    "options",
    [
        {"version": 304},
        {"version": 500},
        {"version": 279, "order": ">", "pointer": 4},
        {"version": 501, "compression": "zstd"},
        {"version": 283, "compression": "gzip"},
    ],
)
def test_main_blocks_are_all_but_data(
    tmp_path: Path, options: dict[str, object], read: int
) -> None:
    path = tmp_path / "a.blend"
    path.write_bytes(blend(**options))
    found = walked(path, read, main=True)
    assert found == walked(path, read, main=False)
    assert len(found) > 3


def test_both_ways_refuse_a_file_that_is_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "a.blend"
    data = blend(version=304)
    for size in range(60, len(data) - 24, 7):
        path.write_bytes(data[:size])
        for main in (False, True):
            with pytest.raises(BadFile):
                walked(path, 0, main=main)
