"""Previews through the facade: made by workers, served by content, refused with a reason."""

from __future__ import annotations

import os
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Invalid, LimitExceeded, ReadOnly, Unsupported
from audobon.services.jobs.handlers import many_previews
from audobon.testing.pictures import write_png
from audobon.work.executor import Executor


def size_of_png_or_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height as the encoded picture says."""
    if data.startswith(b"\x89PNG"):
        return struct.unpack(">II", data[16:24])
    position = 2
    while True:
        marker, length = struct.unpack(">xBH", data[position : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length


def wait_for(
    lib: audobon.Library, ref: object, size: int = 256, *, seconds: float = 240.0
) -> bytes:
    """Poll as a host does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        data = lib.preview(ref, size)
        if data is not None:
            return data
        time.sleep(0.05)
    raise AssertionError("no preview came")


def huge_png(path: Path) -> None:
    """A PNG whose header claims 100,000 x 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_a_host_polls_and_a_worker_process_makes_it(lib: audobon.Library) -> None:
    assert lib.preview("props/chair/seat.png") is None
    data = wait_for(lib, "props/chair/seat.png")
    assert size_of_png_or_jpeg(data) == (64, 64)
    assert size_of_png_or_jpeg(wait_for(lib, "props/chair/seat.png", 32)) == (32, 32)


def test_added_files_are_queued_and_drained(lib: audobon.Library) -> None:
    assert {job.state for job in lib.jobs()} == {"queued"}
    done = lib.work()
    assert (done.done, done.failed) == (1, 0)
    for hit in lib.search("kind:image").hits:
        assert lib.preview(hit.asset), hit.asset.path


def test_the_picture_is_that_of_the_bytes(lib: audobon.Library, folder: Path) -> None:
    lib.work()
    seat = folder / "props" / "chair" / "seat.png"
    before = lib.preview(seat)
    write_png(seat, 64, 64, color=(250, 10, 10))
    lib.add([folder])
    lib.work()
    after = lib.preview(seat)
    assert after
    assert after != before
    lib.undo()
    one = lib.commit("red")
    write_png(seat, 64, 64, color=(10, 20, 30))
    lib.add([folder])
    assert lib.preview(seat) == before, "content that was there before is served at once"
    lib.restore(seat, one.id)
    assert lib.preview(seat) == after


def test_a_file_that_changed_behind_our_back_is_not_shown_as_it_was(
    lib: audobon.Library, folder: Path
) -> None:
    seat = folder / "props" / "chair" / "seat.png"
    write_png(seat, 48, 24, color=(9, 9, 9))
    data = wait_for(lib, seat)
    assert size_of_png_or_jpeg(data) == (48, 24)
    assert lib.get(seat).width == 48


def test_what_has_no_picture_says_why(lib: audobon.Library, folder: Path) -> None:
    with pytest.raises(Unsupported):
        wait_for(lib, "readme.txt")
    huge_png(folder / "huge.png")
    torn = write_png(folder / "torn.png", 300, 300)
    data = bytearray(torn.read_bytes())
    data[45:60] = b"\xff" * 15  # within the pixels: the header stays sound
    torn.write_bytes(data)
    lib.add([folder])
    assert lib.get("huge.png").width == 100_000
    with pytest.raises(LimitExceeded):
        wait_for(lib, "huge.png")
    with pytest.raises(BadFile):
        wait_for(lib, "torn.png")
    assert wait_for(lib, "props/chair/seat.png"), "one bad file spoils no batch"


def test_sizes_outside_the_range_are_refused(lib: audobon.Library) -> None:
    for size in (0, 15, 4096):
        with pytest.raises(Invalid):
            lib.preview("props/chair/seat.png", size)


def test_read_only_serves_what_is_there(lib: audobon.Library, folder: Path) -> None:
    lib.work()
    lib.close()
    with audobon.Library.open(folder, read_only=True) as reader:
        assert reader.preview("props/chair/seat.png")
        with pytest.raises(ReadOnly):
            reader.preview("props/chair/seat.png", 99)


def test_a_job_can_be_waited_for_and_cancelled(lib: audobon.Library) -> None:
    job = lib.jobs()[0]
    assert (job.state, job.kind) == ("queued", "previews")
    job.cancel()
    assert job.state == "cancelled"
    with pytest.raises(audobon.Cancelled):
        job.result(timeout=5)
    lib.preview("props/chair/seat.png")
    asked = lib.jobs()[0]
    assert asked.result(timeout=60) == {"made": 1}
    assert asked.progress == 1.0


def test_deleted_previews_come_back(lib: audobon.Library) -> None:
    lib.work()
    before = lib.preview("props/chair/seat.png")
    for path in (lib.state_path / "derived" / "previews").rglob("*"):
        if path.is_file():
            os.unlink(path)
    assert wait_for(lib, "props/chair/seat.png") == before


def test_the_result_of_an_ended_job_starts_no_worker(lib: audobon.Library) -> None:
    lib.work()
    assert lib.jobs()[0].result() == {"made": 5, "failed": []}
    assert not (lib.state_path / "lock" / "worker.lock").exists()


def test_a_handler_that_fails_lets_go_of_its_worker(
    lib: audobon.Library,
) -> None:
    """Whoever closes the worker while the error is still on its way must not wait for ever."""
    stores = lib._stores
    job = next(row for row in stores.jobs.list(limit=50) if row.kind == "previews")

    def gone(_: float) -> None:
        raise OSError("the disk is gone")

    executor = Executor("audobon.services.jobs.tasks:TASKS")
    errors = []

    def work() -> None:
        try:
            many_previews(stores, job, executor, gone, lambda: False)
        except OSError as error:
            errors.append(error)  # its traceback holds every frame that it went through

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [str(error) for error in errors] == ["the disk is gone"]
    closing = threading.Thread(target=executor.close, daemon=True)
    closing.start()
    closing.join(30)
    assert not closing.is_alive()
