"""Disks and shares that fail, as fixtures, and small libraries to lie on them."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.testing.pictures import write_png

__all__ = ["disks", "failing", "mount", "share", "small_library"]

_LONGEST_S = 200.0  # shorter than a test in a host may take


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    """Makes a small disk of its own by name and size."""
    made: list[Path] = []

    def make(name: str, size: str) -> Path:
        point = tmp_path / name
        point.mkdir()
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(point))
        made.append(point)
        return point

    yield make
    for point in made:
        subprocess.run(["umount", "-l", str(point)], check=True, capture_output=True)


@pytest.fixture
def share(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A folder that a process serves, as a network share is, and the number of that process."""
    behind, point = tmp_path / "behind", tmp_path / "share"
    behind.mkdir()
    point.mkdir()
    with subprocess.Popen(["bindfs", "-f", str(behind), str(point)]) as server:
        try:
            end = time.monotonic() + 240
            while not os.path.ismount(point):
                assert server.poll() is None, "bindfs has ended"
                assert time.monotonic() < end
                time.sleep(0.02)
            # Not even a killed process ends while it waits for a server that is stopped.
            waking = threading.Timer(_LONGEST_S, server.send_signal, [signal.SIGCONT])
            waking.start()
            yield point, server.pid
            waking.cancel()
        finally:
            server.send_signal(signal.SIGCONT)
            server.kill()
            subprocess.run(["umount", "-l", str(point)], check=False, capture_output=True)


def mount(*arguments: str) -> None:
    """Mount, or mount otherwise, as root."""
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def small_library(root: Path) -> Path:
    """A library with three pictures in this folder."""
    for number in range(3):
        write_png(root / f"oak {number}.png", 64, 64, color=(40 + 60 * number, 120, 90))
    with audobon.Library.create(root, root.name) as library:
        library.add([root])
    return root


def failing(
    folder: Path, disks: Callable[[str, str], Path], share: tuple[Path, int]
) -> dict[str, str | int]:
    """Libraries by what is wrong with their disk, and the process that serves the share."""
    corrupt = small_library(folder / "Corrupt")
    (corrupt / ".audobon" / "catalog.db").write_bytes(b"this was a catalog once " * 400)
    locked = small_library(disks("Locked", "24m"))
    mount("-o", "remount,ro", str(locked))
    full = small_library(disks("Full", "24m"))
    return {
        **{"corrupt": str(corrupt), "locked": str(locked), "full": str(full)},
        **{"share": str(small_library(share[0])), "server": share[1]},
    }
