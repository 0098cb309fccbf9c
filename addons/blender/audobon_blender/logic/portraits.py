# SPDX-License-Identifier: GPL-3.0-or-later
"""Have another Blender make the file of a new asset, with a picture of it inside."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .thumbnail import Unknown, with_thumbnail

__all__ = ["Finished", "Raw", "finish", "run_program"]

SIZE = 256
_LONGEST_S = 180.0
# A heavy asset on a slow machine takes half a minute; what takes longer is kept without a picture.
_POLL_S = 0.05


@dataclass(frozen=True)
class Raw:
    """What Blender wrote of an asset: the file, which list of ``bpy.data``, and the name in it.

    ``kind`` is ``file`` for a whole file, and ``block`` then is empty. ``meta``
    is what is written into the file's own data of the asset.
    """

    path: Path
    kind: str
    block: str = ""
    name: str = ""
    meta: Mapping[str, object] = field(default_factory=dict)
    pack: bool = False


@dataclass(frozen=True)
class Finished:
    """Why there is no picture, or empty; files that are missing; what is still linked."""

    reason: str = ""
    missing: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def finish(
    command: Sequence[str], raw: Raw, target: Path, *, cancelled: Callable[[], bool]
) -> Finished:
    """Write ``target`` from ``raw``, with a picture where one can be made.

    ``target`` appears whole or not at all, whatever goes wrong; one that was
    there is replaced. Without the other Blender it has what ``raw`` has.
    """
    from audobon.system.files import free_name, mode_for, write_atomic

    # In the folder where it will stay: paths in it are relative to that.
    made = free_name(target.parent)
    # Beside what was written, which lies where nobody else reads it.
    with tempfile.TemporaryDirectory(prefix="audobon-", dir=raw.path.parent) as folder:
        pixels, note = Path(folder, "pixels"), Path(folder, "told.json")
        job = {
            "source": str(raw.path),
            "target": str(made),
            "list": raw.kind,
            "block": raw.block,
            "name": raw.name or raw.block or target.stem,
            "meta": dict(raw.meta),
            "pack": raw.pack,
            "pixels": str(pixels),
            "told": str(note),
            "size": SIZE,
        }
        try:
            reason = run_program([*command, json.dumps(job)], cancelled, folder)
            told = json.loads(note.read_bytes()) if note.exists() else {}
            reason = reason or str(told.get("picture", ""))
            data = (made if made.exists() else raw.path).read_bytes()
            if pixels.exists() and not reason:
                try:
                    data = with_thumbnail(data, SIZE, SIZE, pixels.read_bytes())
                except Unknown as error:
                    reason = str(error)
            write_atomic(target, data, mode=mode_for(target))
        finally:
            for left in (made, made.with_name(f"{made.name}.new")):
                left.unlink(missing_ok=True)
    return Finished(reason, tuple(told.get("missing", ())), tuple(told.get("links", ())))


def run_program(command: Sequence[str], cancelled: Callable[[], bool], folder: str) -> str:
    """Run a program to its end; why it failed, or empty. ``folder`` takes its temporary files."""
    from audobon.errors import Cancelled
    from audobon.system.processes import quiet_options, stop_tree

    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    with tempfile.TemporaryFile(dir=folder) as printed:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=os.environ | places,
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
