from __future__ import annotations

import io
import random
import sys
import zipfile
from pathlib import Path

import pytest
from chunk_data import noise, sha256
from transform_data import archive as zipped
from transform_data import (
    blend,
    deflated,
    fbx,
    layer,
    of_another_zlib,
    painting,
    pixels,
    png,
    relevelled,
    stored,
    vertices,
    zstd_blend,
)

from audobon.errors import Corrupt, NotFound, ReadOnly, Unavailable, Unsupported
from audobon.storage.chunks import ChunkStore, Restoration
from audobon.storage.chunks.layout import Transform
from audobon.storage.chunks.transforms import takeapart
from audobon.storage.chunks.transforms.chain import fold
from audobon.storage.chunks.transforms.numbers import put_number
from audobon.storage.chunks.transforms.proof import said

SCENE = [f"Tree{number}" for number in range(600)]


def put(store: ChunkStore, data: bytes) -> str:
    with store.writer() as writer:
        return writer.put_bytes(data).digest


def scene(session: int, names: list[str] = SCENE) -> bytes:
    return blend(names, session=session)


def large_painting(order: int) -> bytes:
    content = layer(1500, order=order)
    return zipped({"a/layers/layer1": (content, stored(content))})


@pytest.mark.parametrize(
    ("data", "chain"),
    [
        (scene(1), ("pointers",)),
        (zstd_blend(scene(1)), ("unpack", "pointers")),
        (painting(), ("unpack",)),
    ],
)
def test_a_repacked_file_is_the_same_file(
    store: ChunkStore, tmp_path: Path, data: bytes, chain: tuple[str, ...]
) -> None:
    digest = put(store, data)
    assert store.transforms(digest) == ()
    before = store.stats()
    assert store.repack(digest) is not None
    assert store.transforms(digest) == chain
    assert store.repack(digest) is None
    seen: list[tuple[int, int]] = []
    target = tmp_path / "out"
    progress = lambda done, total: seen.append((done, total))  # noqa: E731
    assert store.restore(digest, target, progress=progress) == Restoration()
    assert target.read_bytes() == store.read(digest) == b"".join(store.open(digest)) == data
    assert seen[-1] == (len(data), len(data))
    assert store.verify().ok
    after = store.stats()
    assert (after.files, after.raw_bytes) == (before.files, before.raw_bytes)
    assert store.has(digest)
    assert store.size(digest) == len(data)
    store.rebuild_index()
    assert store.transforms(digest) == chain
    assert store.read(digest) == data
    assert [path.name for path in store.folder.iterdir() if "repack" in path.name] == []


def test_what_no_transform_fits_stays(store: ChunkStore) -> None:
    for data in (b"", b"words\n" * 50_000, noise(200_000)):
        digest = put(store, data)
        packs = store.stats().packs
        assert store.repack(digest) is None
        assert store.stats().packs == packs
        assert store.read(digest) == data


@pytest.mark.parametrize("make", [scene, lambda n: zstd_blend(scene(n)), large_painting])
def test_versions_share_what_they_have_in_common(store: ChunkStore, make: object) -> None:
    assert callable(make)
    first, second = put(store, make(1)), put(store, make(2))
    one, two = store.repack(first), store.repack(second)
    assert one is not None
    assert two is not None
    assert one.chunks > 3
    assert two.new_bytes < 0.5 * sum(map(len, store.open(second)))
    assert two.new_chunks <= one.chunks // 2 + 1
    assert store.read(first) == make(1)
    assert store.read(second) == make(2)


def test_unknown_files_and_stores_for_reading(store: ChunkStore) -> None:
    with pytest.raises(NotFound):
        store.repack(sha256(b"never stored"))
    digest = put(store, scene(1))
    store.repack(digest)
    with ChunkStore(store.folder, read_only=True) as reading:
        before = sorted(store.folder.rglob("*"))
        assert reading.read(digest) == scene(1)
        assert sorted(store.folder.rglob("*")) == before
        with pytest.raises(ReadOnly):
            reading.repack(digest)


def test_a_repacked_file_that_lost_chunks_is_healed_by_storing_it(store: ChunkStore) -> None:
    data = scene(1)
    digest = put(store, data)
    store.repack(digest)
    # Only what the new form has of its own is lost: the newest pack with chunks.
    pack = max((store.folder / "packs").glob("*.pack"), key=lambda path: path.stat().st_mtime_ns)
    body = bytearray(pack.read_bytes())
    body[40] ^= 1
    pack.write_bytes(body)
    assert {problem.pack for problem in store.verify().problems} == {pack.stem}
    with pytest.raises(Corrupt, match=pack.stem):
        store.read(digest)
    assert store.quarantine(pack.stem) == (digest,)
    assert not store.has(digest)
    assert put(store, data) == digest
    assert store.has(digest)
    assert store.transforms(digest) == ()
    assert store.read(digest) == data
    store.rebuild_index()
    assert store.read(digest) == data
    assert store.repack(digest) is not None
    assert store.read(digest) == data
    assert store.verify().ok


def _packed_by_an_unknown_encoder(store: ChunkStore, data: bytes, tmp_path: Path) -> str:
    """A file in the store as an encoder made it that does not exist here: level 9 for "3"."""
    here, there = zstd_blend(data), zstd_blend(data, level=9)
    raw, stream = tmp_path / "raw", tmp_path / "stream"
    raw.write_bytes(here)
    with raw.open("rb") as file, stream.open("w+b") as out:
        chain = fold(file, len(here), out, folder=tmp_path)
    unpack, pointers = chain
    own = unpack.params[32:]
    name = next(iter(takeapart.zstd_encoders())).encode()
    strange = b"zstd 0.9.9"
    assert own.endswith(bytes([len(name)]) + name)
    params = bytearray(bytes.fromhex(sha256(there)) + own[: -len(name) - 1])
    put_number(params, len(strange))
    digest = put(store, there)
    forged = (Transform(unpack.name, bytes(params) + strange), pointers)
    store.replace(digest, stream, chain=forged)
    return digest


def test_a_missing_encoder_gives_the_payload_and_says_so(store: ChunkStore, tmp_path: Path) -> None:
    data = scene(3)
    digest = _packed_by_an_unknown_encoder(store, data, tmp_path)
    done = store.restore(digest, tmp_path / "out.blend")
    assert not done.exact
    assert "zstd 0.9.9" in done.note
    assert (tmp_path / "out.blend").read_bytes() == data
    # Nothing else passes bytes off as those of the digest.
    with pytest.raises(Unavailable, match=r"zstd 0\.9\.9"):
        store.read(digest)


def packed_by_another_zlib(store: ChunkStore, data: bytes, window: int, folder: Path) -> str:
    """A file in the store whose parts a zlib compressed that is not here."""
    raw, stream = folder / "raw", folder / "stream"
    raw.write_bytes(data)
    with raw.open("rb") as file, stream.open("w+b") as out:
        chain = fold(file, len(data), out, folder=folder)
    stream.write_bytes(relevelled(stream.read_bytes(), window))
    digest = put(store, data)
    store.replace(digest, stream, chain=of_another_zlib(chain))
    return digest


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize(
    ("data", "window"),
    [
        (zipped({"a.bin": (pixels(200, 200), deflated(pixels(200, 200)))}), 0),
        (png(pixels(200, 200), 200, level=6), 30),
        (fbx([vertices(6000)], level=6), 30),
    ],
)
def test_a_file_whose_zlib_is_missing_comes_back_and_says_so(
    store: ChunkStore, tmp_path: Path, data: bytes, window: int
) -> None:
    digest = packed_by_another_zlib(store, data, window, tmp_path)
    target = tmp_path / "out"
    done = store.restore(digest, target)
    assert not done.exact
    assert done.note == "zlib 0.1 is not here"
    with target.open("rb") as made:
        assert said(made, folder=None) == said(io.BytesIO(data), folder=None)
    assert target.read_bytes() != data
    if data[:2] == b"PK":
        assert members(target.read_bytes()) == members(data)
    # Every byte of the store is sound, and no other bytes are given under the digest.
    assert store.verify().ok
    before = target.read_bytes()
    with pytest.raises(Unavailable, match=digest):
        store.read(digest)
    with pytest.raises(Unavailable, match=r"zlib 0\.1"):
        store.restore(digest, target, exact=True)
    assert target.read_bytes() == before


def test_a_zip_that_nothing_can_correct_says_which_encoder_it_needs(
    store: ChunkStore, tmp_path: Path
) -> None:
    content = pixels(200, 200)
    data = zipped({"a.bin": (content, deflated(content))})
    digest = packed_by_another_zlib(store, data, 0, tmp_path)
    # As if an earlier Audobon had not proved that its headers can be put right.
    stream = (tmp_path / "stream").read_bytes()
    at = stream.index(b"PK\x01\x02")
    (tmp_path / "stream").write_bytes(stream[:at] + b"PX" + stream[at + 2 :])
    store.replace(digest, tmp_path / "stream", chain=store.chain(digest))
    with pytest.raises(Unavailable, match=r"zlib 0\.1"):
        store.restore(digest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_stream_that_is_not_what_the_chain_made(store: ChunkStore, tmp_path: Path) -> None:
    digest = put(store, scene(1))
    other = put(store, scene(2))
    store.repack(other)
    stream = tmp_path / "stream"
    raw = tmp_path / "raw"
    raw.write_bytes(scene(2))
    with raw.open("rb") as file, stream.open("w+b") as out:
        chain = fold(file, len(scene(2)), out, folder=tmp_path)
    store.replace(digest, stream, chain=chain)
    with pytest.raises(Corrupt, match="another file"):
        store.read(digest)
    store.replace(other, stream, chain=(Transform("later", bytes(32)),))
    with pytest.raises(Unsupported, match="later"):
        store.restore(other, tmp_path / "out")
    with pytest.raises(NotFound):
        store.replace(sha256(b"none"), stream, chain=chain)


def test_any_damage_to_a_stream_is_noticed(store: ChunkStore, tmp_path: Path) -> None:
    data = painting()
    digest = put(store, data)
    raw, stream = tmp_path / "raw", tmp_path / "stream"
    raw.write_bytes(data)
    with raw.open("rb") as file, stream.open("w+b") as out:
        chain = fold(file, len(data), out, folder=tmp_path)
    whole = stream.read_bytes()
    chance = random.Random(5)
    for _ in range(40):
        at = chance.randrange(len(whole))
        stream.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        store.replace(digest, stream, chain=chain)
        with pytest.raises(Corrupt):
            store.read(digest)
    stream.write_bytes(whole)
    store.replace(digest, stream, chain=chain)
    assert store.read(digest) == data


REPACKS = """
import resource, sys
from pathlib import Path
from audobon.storage.chunks import ChunkStore
import audobon.storage.chunks.writer, audobon.storage.chunks.transforms.chain
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ChunkStore(Path(sys.argv[1])) as store:
    with store.writer() as writer:
        digest = writer.put_file(sys.argv[2]).digest
    assert store.repack(digest) is not None
    store.restore(digest, Path(sys.argv[3]), durable=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
@pytest.mark.parametrize("kind", ["painting", "scene", "picture", "archive", "fbx"])
def test_memory_is_bounded(tmp_path: Path, kind: str) -> None:
    import subprocess

    path = tmp_path / "file"
    if kind == "painting":
        content = b"".join(noise(1 << 20, seed=seed) for seed in range(160))
        path.write_bytes(zipped({"large": (content, stored(content))}))
    elif kind == "scene":
        path.write_bytes(zstd_blend(blend(SCENE * 8, session=1, items=20), frame=1 << 20))
    else:
        rows = b"".join((b"\0" + noise(1999, seed=seed)) * 4 for seed in range(19_000))
        path.write_bytes(
            png(rows, 1999, level=1, part=1 << 28)
            if kind == "picture"
            else zipped({"a": (rows, deflated(rows, 1))})
            if kind == "archive"
            else fbx([rows])
        )
    command = [sys.executable, "-c", REPACKS, str(tmp_path / "chunks"), str(path)]
    answer = subprocess.run(
        ["sh", "-c", '"$@"', "sh", *command, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "out").read_bytes() == path.read_bytes()
    assert int(answer.stdout) << 10 < 150 << 20
