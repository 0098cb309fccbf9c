"""After a version is made, a job stores scenes, paintings and older pictures by their structure."""

from __future__ import annotations

import io
import random
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

import audobon
from audobon.storage.chunks.transforms.chain import compressors

SCRIPT = "import sys, audobon\nwith audobon.Library.open(sys.argv[1]) as lib:\n    lib.work()\n"


def scene(session: int, count: int = 1500) -> bytes:
    """A .blend with blocks that point at each other; sessions differ in the addresses only."""
    types = b"TYPE" + struct.pack("<i", 3) + b"void\0char\0Link\0\0"
    names = b"NAME" + struct.pack("<i", 3) + b"*next\0*prev\0name[64]\0\0\0\0"
    dna = b"SDNA" + names + types + b"TLEN" + struct.pack("<HHHH", 0, 1, 80, 0)
    dna += b"STRC" + struct.pack("<i", 2) + struct.pack("<HH", 1, 0)
    dna += struct.pack("<HHHHHHHH", 2, 3, 0, 0, 0, 1, 1, 2)
    chance = random.Random(session)
    places = [16 * place for place in chance.sample(range(1 << 30, 1 << 32), count)]
    out = [b"BLENDER-v304"]
    for number, place in enumerate(places):
        body = struct.pack("<QQ", places[(number + 1) % count], places[number - 1])
        body += random.Random(number).randbytes(64)
        code = b"OB\0\0" if number % 10 == 0 else b"DATA"
        out.append(struct.pack("<4siQii", code, len(body), place, 1, 1) + body)
    out.append(struct.pack("<4siQii", b"DNA1", len(dna), 1, 0, 1) + dna)
    return b"".join((*out, b"ENDB", bytes(20)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Scenes"
    root.mkdir()
    (root / "forest.blend").write_bytes(scene(1))
    (root / "small.blend").write_bytes(scene(1, 20))
    with zipfile.ZipFile(root / "chair.usdz", "w") as archive:
        archive.writestr("chair.usda", "#usda 1.0\n" + "# nothing is compressed in here\n" * 5000)
    (root / "notes.txt").write_text("none of it\n" * 20_000)
    return root


def _repacks(lib: audobon.Library) -> list[audobon.library.Job]:  # type: ignore[name-defined]
    return [job for job in lib.jobs() if job.kind == "repack"]


def test_a_version_is_repacked_by_the_next_worker(folder: Path) -> None:
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        one = lib.commit("one")
        (job,) = _repacks(lib)
        assert (job.state, job.row.priority) == ("queued", 90)
        chunks = lib._stores.chunks
        digests = {asset.path.split("/")[-1]: asset.digest for asset in lib.assets()}
        assert chunks.transforms(digests["forest.blend"]) == ()
        lib.work()
        assert job.result() == {"repacked": 1, "kept": 1, "failed": []}
        assert chunks.transforms(digests["forest.blend"]) == ("pointers",)
        for name in ("small.blend", "chair.usdz", "notes.txt"):
            assert chunks.transforms(digests[name]) == ()
        assert list((lib.state_path / "chunks" / "repack").iterdir()) == []

        (folder / "forest.blend").write_bytes(scene(2))
        two = lib.commit("two")
        lib.work()
        assert chunks.transforms(lib.get("forest.blend").digest) == ("pointers",)
        for version, session in ((one, 1), (two, 2)):
            done = lib.restore("forest.blend", version.id, folder.parent / "out.blend")
            assert done.note == ""
            assert Path(done).read_bytes() == scene(session)
        assert lib.verify().ok
        # The third looked whether more could be had of the version that was replaced.
        results = [job.result() for job in _repacks(lib)]
        assert [result["repacked"] for result in results].count(1) == 2
        assert len(results) == 3


def rows(stroke: int, side: int = 500) -> bytes:
    """A square picture of grey pixels on which ``stroke`` lines are drawn."""
    chance = random.Random(7)
    lines = [bytearray(b"\0" + chance.randbytes(side)) for _ in range(side)]
    for number in range(stroke):
        lines[100 + number][100:120] = b"\x80" * 20
    return b"".join(map(bytes, lines))


def picture(stroke: int, side: int = 500) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows(stroke, side)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def painting(stroke: int, *, shown: int | None = None, side: int = 500) -> bytes:
    """A .kra with a layer in deflate's stored blocks and a picture of the whole."""
    xml = '<DOC><IMAGE name="Hill" width="500" height="500"/></DOC>'
    members = {"mimetype": b"application/x-krita", "maindoc.xml": xml.encode()}
    whole = picture(stroke if shown is None else shown, side)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {**members, "mergedimage.png": whole}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        layer = zipfile.ZipInfo("Hill/layers/layer1")
        archive.writestr(layer, rows(stroke, side), zipfile.ZIP_DEFLATED, compresslevel=0)
    return out.getvalue()


def _compressors(lib: audobon.Library, digest: str) -> tuple[str, ...]:
    return compressors(lib._stores.chunks.chain(digest))


def test_a_picture_is_taken_apart_when_a_later_one_has_replaced_it(folder: Path) -> None:
    path = folder / "sky.png"
    digests, ids = [], []
    with audobon.Library.create(folder) as lib:
        chunks = lib._stores.chunks
        for stroke in range(4):
            path.write_bytes(picture(stroke))
            lib.add([path])
            ids.append(lib.commit(f"{stroke}").id)
            lib.work()
            digests.append(lib.get("sky.png").digest)
            # The present version needs no particular zlib; all before it do.
            assert chunks.chain(digests[-1]) == ()
            assert all("zlib" in _compressors(lib, one)[0] for one in digests[:-1])
        for stroke, version in enumerate(ids):
            done = lib.restore("sky.png", version, folder.parent / "out.png")
            assert done.note == ""
            assert Path(done).read_bytes() == picture(stroke)
        lib.edit("sky.png", add_tags=["blue"])
        lib.commit("only a tag")
        lib.work()
        assert chunks.chain(digests[-1]) == ()
        assert lib.verify().ok


def test_older_versions_of_a_painting_are_taken_further_apart(folder: Path) -> None:
    path = folder / "hill.kra"
    with audobon.Library.create(folder) as lib:
        digests, ids = [], []
        for stroke in range(3):
            path.write_bytes(painting(stroke))
            lib.add([path])
            ids.append(lib.commit(f"{stroke}").id)
            lib.work()
            digests.append(lib.get("hill.kra").digest)
            assert lib._stores.chunks.transforms(digests[-1]) == ("unpack",)
            assert _compressors(lib, digests[-1]) == ()
        assert [bool(_compressors(lib, one)) for one in digests] == [True, True, False]
        results = [job.result() for job in _repacks(lib)]
        assert all(result["failed"] == [] for result in results)
        for stroke, version in enumerate(ids):
            lib.restore("hill.kra", version, folder.parent / "out.kra")
            assert (folder.parent / "out.kra").read_bytes() == painting(stroke)
        assert lib.verify().ok


def test_a_version_without_such_files_asks_for_nothing(folder: Path) -> None:
    with audobon.Library.create(folder) as lib:
        lib.add([folder / "notes.txt"])
        lib.commit("one")
        assert _repacks(lib) == []
        lib.add([folder / "forest.blend"])
        lib.commit("two")
        lib.edit("forest.blend", add_tags=["wood"])
        lib.commit("three")
        assert len(_repacks(lib)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_killed_at_any_instant_and_begun_again(folder: Path) -> None:
    for number in range(6):
        (folder / f"extra{number}.blend").write_bytes(scene(100 + number, 6000))
    chance = random.Random(3)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        for number in range(6):
            (folder / "forest.blend").write_bytes(scene(10 + number))
            lib.commit(f"version {number}")
            with subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)]) as process:
                time.sleep(0.3 + chance.random())
                process.send_signal(signal.SIGKILL)
            assert lib.verify().ok
        (folder / "forest.blend").write_bytes(scene(99))
        lib.commit("the last")
        lib.work()
        assert lib._stores.chunks.transforms(lib.get("forest.blend").digest) == ("pointers",)
        assert list((lib.state_path / "chunks" / "repack").iterdir()) == []
        assert not list((lib.state_path / "chunks" / "packs").glob("*.tmp"))
        for version in lib.log("forest.blend"):
            session = {f"version {number}": 10 + number for number in range(6)}
            lib.restore("forest.blend", version.id, folder.parent / "out")
            expected = scene(session.get(version.message, 99))
            assert (folder.parent / "out").read_bytes() == expected
        assert lib.verify().ok


def test_a_picture_of_the_whole_that_stays_is_not_kept_twice(folder: Path) -> None:
    path = folder / "hill.kra"
    with audobon.Library.create(folder) as lib:
        chunks, versions, sizes = lib._stores.chunks, [], []
        for stroke, shown in ((0, 0), (1, 0), (2, 0), (3, 3), (4, 4)):
            path.write_bytes(painting(stroke, shown=shown, side=1500))
            lib.add([path])
            made = lib.commit(f"{stroke}")
            versions.append((made.id, lib.get("hill.kra").digest, path.read_bytes()))
            lib.work()
            lib.collect(grace=timedelta(0))
            sizes.append(chunks.stats().stored_bytes)
            apart = [bool(_compressors(lib, digest)) for _, digest, _ in versions]
            # While the next version has the same picture both keep it as it is. The first
            # that has another sets off all that waited.
            assert apart == ([True] * stroke if stroke >= 3 else [False] * stroke) + [False]
        assert max(sizes[1] - sizes[0], sizes[2] - sizes[1]) < len(picture(0, 1500)) / 4
        for version, _, wanted in versions:
            lib.restore("hill.kra", version, folder.parent / "out.kra")
            assert (folder.parent / "out.kra").read_bytes() == wanted
        assert lib.verify().ok
