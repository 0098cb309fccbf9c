# SPDX-License-Identifier: GPL-3.0-or-later
"""Have another Blender render what a new asset looks like, and put the picture into its file."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .thumbnail import Unknown, with_thumbnail

__all__ = ["finish", "run_program"]

SIZE = 256
_LONGEST_S = 180.0
# A heavy asset on a slow machine takes half a minute; what takes longer is kept without a picture.
_POLL_S = 0.05


def finish(
    command: Sequence[str],
    raw: Path,
    target: Path,
    *,
    pack: bool,
    cancelled: Callable[[], bool],
) -> str:
    """Write ``target`` from ``raw``, with a picture; why it has none, or empty.

    ``target`` appears whole or not at all, whatever goes wrong, and without a
    picture it has what ``raw`` has.
    """
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        made, pixels = Path(folder, "made.blend"), Path(folder, "pixels")
        job = {
            "source": str(raw),
            "target": str(made),
            "pixels": str(pixels),
            "size": SIZE,
            "pack": pack,
        }
        reason = run_program([*command, json.dumps(job)], cancelled)
        data = (raw if reason or not made.exists() else made).read_bytes()
        if not reason and pixels.exists():
            try:
                data = with_thumbnail(data, SIZE, SIZE, pixels.read_bytes())
            except Unknown as error:
                reason = str(error)
        elif not reason:
            reason = "there is nothing to be seen in it"
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(data)
    part.replace(target)
    return reason


def run_program(command: Sequence[str], cancelled: Callable[[], bool]) -> str:
    """Run a program to its end; why it failed, or empty."""
    from audobon.errors import Cancelled
    from audobon.system.processes import quiet_options, stop_tree

    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            **quiet_options(),
        )
        end = time.monotonic() + _LONGEST_S
        while process.poll() is None:
            if cancelled() or time.monotonic() > end:
                stop_tree(process)
                process.wait()
                if cancelled():
                    raise Cancelled("saving the asset was cancelled; nothing was written")
                return f"rendering it took more than {_LONGEST_S:.0f} s"
            time.sleep(_POLL_S)
        if process.returncode == 0:
            return ""
        printed.seek(0)
        lines = printed.read().decode("utf-8", "replace").strip().splitlines()
    words = [line for line in lines if "Error" in line] or lines[-1:]
    return f"rendering it failed: {words[-1] if words else process.returncode}"
