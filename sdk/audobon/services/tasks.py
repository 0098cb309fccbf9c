"""What worker processes can be asked to do. Imported only there.

Every task takes and returns plain JSON data and touches nothing but the file
it is given and, where it makes something, the folder it is told.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.codec.plain import to_plain
from audobon.formats import probe
from audobon.services.blender import find_blender, run_blender
from audobon.services.detailtask import details_of
from audobon.services.fingerprint import content_digest, fingerprint
from audobon.services.grouped import each_of
from audobon.services.previewfile import preview_path
from audobon.services.repacking import repack_file
from audobon.services.scenes import read_scene_file
from audobon.services.splicing import splice_files
from audobon.system.files import translate_os_error, write_atomic
from audobon.work.child import TaskContext

__all__ = ["TASKS"]


def probe_file(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path}`` to its fingerprint and facts."""
    context.check()
    path = payload["path"]
    try:
        print_ = fingerprint(path)
        facts = probe(path)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return {
        "size": print_.size,
        "mtime_ns": print_.mtime_ns,
        "partial": print_.partial.hex(),
        "digest": print_.digest,
        "facts": to_plain(facts),
    }


def preview_file(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path, digest, stat, size, folder}``: write the preview where its content's digest says.

    A ``digest`` that was taken when the file had the size and time stamp of
    ``stat`` is believed while it still has them; else it is computed from the
    bytes that are shown. Answers ``{digest, size, mtime_ns}``.
    """
    from audobon.formats.render import render

    context.check()
    path, size = payload["path"], int(payload["size"])
    try:
        digest, before = payload["digest"], os.stat(path)
        if not digest or [before.st_size, before.st_mtime_ns] != payload["stat"]:
            digest, before = content_digest(path)
        target = preview_path(Path(payload["folder"]), digest, size)
        if not target.exists():
            picture = render(path, size=size)
            _write_preview(target, picture.data)
        after = os.stat(path)
    except OSError as error:
        raise translate_os_error(error, path) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        target.unlink(missing_ok=True)
        digest = ""
    return {"digest": digest, "size": after.st_size, "mtime_ns": after.st_mtime_ns}


def _write_preview(target: Path, data: bytes) -> None:
    # There are 256 folders and many more pictures: the folder is there almost always.
    try:
        write_atomic(target, data, durable=False)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, data, durable=False)


def repack_contents(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path, to, whole}``: what ``services.repacking`` says of its task."""
    try:
        return repack_file(
            payload["path"], payload["to"], context.check, whole=bool(payload.get("whole"))
        )
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, payload["to"]) from error


def detail_files(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{before, after, size, folder}``: what ``services.detailtask`` says of its task."""

    def check(fraction: float) -> None:
        context.check()
        context.progress(fraction)

    try:
        return details_of(
            payload["before"], payload["after"], payload["size"], Path(payload["folder"]), check
        )
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, error.filename or payload["folder"]) from error


def scene_file(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path, renamed}``: what ``services.scenes`` says of its task."""
    context.check()
    try:
        return read_scene_file(payload["path"], payload["renamed"])
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def splice_scenes(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """What ``services.splicing`` says of its task."""
    context.check()
    try:
        return splice_files(payload)
    except OSError as error:
        raise translate_os_error(error, payload["to"]) from error


def find_a_blender(payload: Mapping[str, Any], context: TaskContext) -> list[Any] | None:
    """``{setting, least}``: the program and its version, None when there is none."""
    context.check()
    found = find_blender(payload["setting"], payload["least"])
    return None if found is None else list(found)


def in_blender(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{program, folder, job, timeout_s}``: what ``services.inblender`` says of its jobs."""
    context.check()
    folder = Path(payload["folder"])
    return run_blender(
        payload["program"], folder, payload["job"], timeout_s=float(payload["timeout_s"])
    )


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "probe": each_of(probe_file),
    "preview": each_of(preview_file),
    "repack": repack_contents,
    "details": detail_files,
    "scene": scene_file,
    "splice": splice_scenes,
    "blender_find": find_a_blender,
    "blender": in_blender,
}
