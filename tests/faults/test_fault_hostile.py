"""Files made to harm, through add and the preview job: told, bounded, and nobody else suffers."""

from __future__ import annotations

import os
import random
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
import pytest
from attrs import define, field
from fault_support import children, must_be_sound, must_work
from PIL import Image

import audobon
from audobon.errors import AudobonError, BadFile, LimitExceeded, Unsupported
from audobon.model.job import Limits
from audobon.services.jobs import handlers
from audobon.system.processes import resident_bytes
from audobon.testing.blend_file import BlendId, blend_bytes
from audobon.testing.pictures import write_png

_MIB = 1 << 20
_WORKER_MEMORY = 3 << 30  # bytes that a preview may take


def _png(width: int, height: int, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _zip_bomb(path: Path) -> None:
    """A .kra whose picture unpacks to a gigabyte of nothing."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", '<DOC><IMAGE name="x" width="8" height="8"/></DOC>')
        for name in ("mergedimage.png", "preview.png"):
            with archive.open(name, "w", force_zip64=True) as member:
                for _ in range(512):
                    member.write(bytes(2 * _MIB))


def _many_members(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        for number in range(20_000):
            archive.writestr(f"layer{number}", b"")


def _cut_blend(path: Path) -> None:
    data = blend_bytes([BlendId("OB", f"Cube{number}") for number in range(50)])
    path.write_bytes(data[: len(data) // 2])


def _write_exr(path: Path, pixels: Any) -> None:
    height, width, channels = pixels.shape
    out = OpenImageIO.ImageOutput.create(str(path))
    out.open(str(path), OpenImageIO.ImageSpec(width, height, channels, "half"))
    out.write_image(pixels)
    out.close()


def _flipped(path: Path) -> None:
    """A picture as programs write it, with bits flipped in its body."""
    source = random.Random(path.name)
    pixels = np.random.default_rng(1).random((64, 64, 3), np.float32)
    if path.suffix == ".exr":
        _write_exr(path, pixels)
    else:
        Image.fromarray((pixels * 255).astype(np.uint8)).save(path)
    data = bytearray(path.read_bytes())
    for _ in range(200):
        data[source.randrange(len(data) // 4, len(data))] ^= 1 << source.randrange(8)
    path.write_bytes(data)


def _svg_bomb(path: Path) -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">'
    for inner, outer in zip("abcdefgh", "bcdefghi", strict=True):
        entities += f'<!ENTITY {outer} "{f"&{inner};" * 10}">'
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE svg [{entities}]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&i;</text></svg>'
    )


def _svg_steals(path: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>'
    )


def _nested_json(path: Path) -> None:
    path.write_text("[" * 200_000 + "]" * 200_000)


def _bytes(data: bytes) -> Callable[[Path], None]:
    return lambda path: (path.write_bytes(data), None)[1]


HOSTILE: dict[str, Callable[[Path], None]] = {
    "bomb.kra": _zip_bomb,
    "members.kra": _many_members,
    "cut.blend": _cut_blend,
    "huge.png": _bytes(_png(100_000, 100_000, zlib.compress(bytes(4000)))),
    "bomb.png": _bytes(_png(30_000, 30_000, zlib.compress(bytes(90_001) * 2000, 9))),
    "flipped.jpg": _flipped,
    "flipped.exr": _flipped,
    "entities.svg": _svg_bomb,
    "steals.svg": _svg_steals,
    "nested.gltf": _nested_json,
    "claims.stl": _bytes(b"solid".ljust(80) + struct.pack("<I", 0xFFFFFFFF) + bytes(500)),
    "claims.psd": _bytes(b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 300_000, 300_000, 8, 3)),
    "claims.exr": _bytes(b"\x76\x2f\x31\x01\2\0\0\0" + b"channels\0chlist\0\xff\xff\xff\x7f"),
    "empty.blend": _bytes(b""),
    "noise.glb": _bytes(b"glTF" + bytes(range(256)) * 4),
}
_ALLOWED = (BadFile, LimitExceeded, Unsupported)


@define
class Watch:
    """The largest memory of any process below this one while the block runs, in bytes."""

    peak: int = 0
    _ended: threading.Event = field(factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        assert self._thread is not None
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.02):
            self.peak = max([self.peak, *map(resident_bytes, children(os.getpid()))])


@pytest.fixture
def hostile(folder: Path) -> Path:
    place = folder / "hostile"
    place.mkdir()
    for name, write in HOSTILE.items():
        write(place / name)
    for number in range(4):  # sorted between the hostile ones
        write_png(place / f"{'bdgn'[number]}ood.png", 20 + number, 20)
    return place


def test_hostile_files_are_told_and_the_rest_gets_its_previews(
    lib: audobon.Library, folder: Path, hostile: Path, tmp_path: Path
) -> None:
    before = resident_bytes(os.getpid())
    with Watch() as watch:
        report = lib.add([folder])
        lib.work()
    assert watch.peak < _WORKER_MEMORY
    assert resident_bytes(os.getpid()) - before < 200 * _MIB, "a hostile file was read in here"
    refused = {Path(path).name: error for path, error in report.failed}
    assert all(isinstance(error, _ALLOWED) for error in refused.values()), refused
    assert {"cut.blend", "empty.blend"} <= refused.keys()
    for name in HOSTILE:
        if name in refused:
            assert str(refused[name])
            continue
        error = reason(lib, hostile / name)
        if error is not None:
            assert isinstance(error, _ALLOWED), (name, error)
            assert len(error.message) > 10
    for name in ("huge.png", "bomb.png", "entities.svg", "steals.svg", "claims.psd"):
        assert name in refused or reason(lib, hostile / name) is not None, f"{name} was drawn"
    for number in range(4):
        good = hostile / f"{'bdgn'[number]}ood.png"
        assert lib.preview(good), "a good file suffers from its neighbours"
    lib.commit("hostile files have a history too")
    must_be_sound(lib)
    assert lib.doctor().ok


def reason(lib: audobon.Library, path: Path) -> AudobonError | None:
    """Why there is no preview of a file, None when there is one."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if lib.preview(path) is not None:
                return None
        except AudobonError as error:
            return error
        time.sleep(0.05)
    raise AssertionError(f"nobody makes or refuses the preview of {path.name}")


def test_the_memory_of_a_worker_is_bounded(
    lib: audobon.Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that needs more than a worker may hold costs its worker, and nothing else."""
    limits = Limits(memory=200 * _MIB, cpu_s=60.0, wall_s=120.0, file=64 * _MIB)
    monkeypatch.setattr(handlers, "_PREVIEW_LIMITS", limits)
    # Decoded as one piece, 250 MB, and under the budget of pixels.
    Image.new("P", (7900, 7900)).save(folder / "wide.gif")
    write_png(folder / "xerxes.png", 30, 30)
    lib.add([folder])
    with Watch() as watch:
        lib.work()
    assert watch.peak < limits.memory + 50 * _MIB
    # The job's own words: a worker process of its own would have the usual limits.
    (told,) = [one for job in lib.jobs("done") for one in (job.row.result or {}).get("failed", ())]
    assert told["path"] == str(folder / "wide.gif")
    assert told["error"]["code"] == LimitExceeded.code
    assert "memory" in told["error"]["message"]
    assert lib.preview(folder / "xerxes.png")
    must_work(lib, folder, tmp_path / "scratch")
