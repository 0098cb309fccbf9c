"""What the fault tests share: folders to lose, and questions about what is left."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import audobon
from audobon.testing.pictures import write_png

__all__ = [
    "Mounts",
    "children",
    "damage",
    "digest_of",
    "git",
    "killed_after",
    "must_be_sound",
    "must_work",
    "picture_folder",
    "waited_for",
]


def picture_folder(root: Path, *, seed: int = 1) -> Path:
    """Nine pictures, a text and two files of several chunks; the same for equal seeds."""
    source = random.Random(seed)
    for number in range(9):
        color = (source.randrange(256), source.randrange(256), source.randrange(256))
        write_png(root / f"set{number % 3}" / f"tile{number}.png", 16 + number, 9, color=color)
    (root / "notes.txt").write_text(f"about these assets ({seed})\n")
    for name in ("cloud.bin", "noise.bin"):
        (root / name).write_bytes(source.randbytes(300_000))
    return root


def digest_of(path: Path) -> str:
    """The sha256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def killed_after(
    code: str, arguments: Sequence[Path], delay: float | None, **variables: str
) -> tuple[bool, float]:
    """Run code that prints ``begun`` and at its end ``done`` in a process of its own.

    It is killed ``delay`` seconds after it has begun, unless that is None. Whether it was, and
    for how long it ran.
    """
    sdk = str(Path(audobon.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": sdk, **variables},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    begun = time.monotonic()
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.kill()
    took = time.monotonic() - begun
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    return rest != b"done\n", took


def git(lib: audobon.Library, *arguments: str) -> str:
    """Plain git's answer about the history."""
    command = ["git", "-C", str(lib.state_path / "history.git"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def damage(path: Path, at: int, *, length: int = 16) -> None:
    """Flip every bit of ``length`` bytes from ``at`` on."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    for place in range(at, min(at + length, len(data))):
        data[place] ^= 0xFF
    path.write_bytes(data)


def must_be_sound(lib: audobon.Library) -> None:
    """Every byte of the library is what was stored."""
    assert lib.verify().problems == ()


def must_work(lib: audobon.Library, folder: Path, scratch: Path) -> None:
    """The library still does everything: add, edit, search, commit, restore."""
    new = folder / "after the fault.png"
    size = 1 if not new.exists() else _width(lib, new) + 1
    write_png(new, size, 3)
    report = lib.add([folder])
    assert not report.failed
    asset = lib.get(new)
    assert asset.width == size
    lib.edit(asset, add_tags=["after"], rating=size % 6)
    assert asset.id in {hit.asset.id for hit in lib.search("tag:after").hits}
    version = lib.commit(f"after {size}")
    assert lib.log()[0].id == version.id
    scratch.mkdir(parents=True, exist_ok=True)
    back = lib.restore(asset.id, version.id, scratch / "back.png")
    assert Path(back).read_bytes() == new.read_bytes()


def waited_for(lib: audobon.Library, path: Path, *, size: int = 256) -> bytes:
    """The preview of a file, once whoever makes it has made it."""
    deadline = time.monotonic() + 240
    while (picture := lib.preview(path, size=size)) is None:
        assert time.monotonic() < deadline, lib.jobs()
        time.sleep(0.05)
    return picture


def _width(lib: audobon.Library, path: Path) -> int:
    """The width on record, 0 for a picture that is not known yet."""
    try:
        return lib.get(path).width or 0
    except audobon.AudobonError:
        return 0


def children(parent: int) -> list[int]:
    """Processes that ``parent`` and its children started."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            found += [int(pid) for pid in task.read_text().split()]
        except OSError:
            continue
    return found + [below for child in found for below in children(child)]


class Mounts:
    """Small disks of their own, gone after the test."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._made: list[Path] = []

    def disk(self, name: str, size: str) -> Path:
        """A new empty disk of ``size`` (as for tmpfs: ``16m``)."""
        point = self._base / name
        point.mkdir()
        _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(point))
        self._made.append(point)
        return point

    @staticmethod
    def set_read_only(point: Path, *, on: bool) -> None:
        """Make a disk read-only for everybody, or writable again."""
        _mount("-o", f"remount,{'ro' if on else 'rw'}", str(point))

    def close(self) -> None:
        for point in reversed(self._made):
            # Lazily: a worker process may still be on its way out.
            subprocess.run(["umount", "-l", str(point)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
