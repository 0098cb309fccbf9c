from __future__ import annotations

import re
from pathlib import Path

from transform_data import blend, fbx, painting, pixels, png, vertices, zstd_blend

from audobon.storage.chunks import ChunkStore

PAGE = Path(__file__).parents[3] / "docs" / "format" / "transforms.md"


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def test_every_claim_of_the_format_page_holds(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    names = [f"Rock{number}" for number in range(200)]
    contents = [
        blend(names, session=1),
        blend(names, session=2),
        blend(names, session=3, new=True),
        zstd_blend(blend(names, session=4)),
        painting(),
        png(pixels(300, 300), 300),
        fbx([vertices(3000), vertices(1000)]),
        b"plain",
    ]
    files = [tmp_path / str(number) for number in range(len(contents))]
    with ChunkStore(tmp_path / "chunks") as store:
        digests = []
        for path, data in zip(files, contents, strict=True):
            path.write_bytes(data)
            with store.writer() as writer:
                digests.append(writer.put_file(str(path)).digest)
            store.repack(digests[-1])
        reader = store._open_reader()

        def stream(digest: str) -> bytes:
            return b"".join(reader._join(reader.recipe(bytes.fromhex(digest)), digest))

        def chain(digest: str) -> list[tuple[str, bytes]]:
            recipe = reader.recipe(bytes.fromhex(digest))
            return [(step.name, step.params) for step in recipe.chain]

        given = {"store": store, "files": files, "digests": digests, "varint": _varint}
        space: dict[str, object] = {**given, "stream": stream, "chain": chain}
        for block in blocks:
            exec(compile(block, str(PAGE), "exec"), space)
        assert len(space["streams"]) == 3  # type: ignore[arg-type]
