"""What worker processes can be asked to do. Imported only there.

A worker starts at the first file that is added, so this imports what every
task needs and no more. Every task takes and returns plain JSON data and
touches nothing but the files it is given and, where it makes something, the
place it is told.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.codec.plain import to_plain
from audobon.formats import probe_linked, references
from audobon.models.tasks import TASKS as MODEL_TASKS
from audobon.services.core.fingerprint import content_digest, fingerprint
from audobon.services.core.grouped import each_of
from audobon.services.jobs.keyedtasks import TASKS as KEYED_TASKS
from audobon.system.files import translate_os_error
from audobon.work.child import TaskContext

__all__ = ["HEAVY", "TASKS"]

HEAVY = ("numpy", "OpenImageIO", "PIL.Image", "audobon.formats.render", "audobon.models.running")
"""What tasks load later and a worker could not compile for the next one then."""

_IMPRINTED = 256  # pixels, as of the previews by which others are compared


def probe_file(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path}`` to its fingerprint, its facts and the files that it names, None for none ever."""
    context.check()
    path = payload["path"]
    try:
        print_ = fingerprint(path)
        facts, links = probe_linked(path)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return {
        "size": print_.size,
        "mtime_ns": print_.mtime_ns,
        "partial": print_.partial.hex(),
        "digest": print_.digest,
        "facts": to_plain(facts),
        "links": links,
    }


def linked_files(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path}`` to the files that it names, with the size and time that it had before."""
    context.check()
    path = payload["path"]
    try:
        state = os.stat(path)
        return {
            "size": state.st_size,
            "mtime_ns": state.st_mtime_ns,
            "links": references(path),
        }
    except OSError as error:
        raise translate_os_error(error, path) from error


def preview_file(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path, digest, stat, size, known, to}`` to ``{digest, size, mtime_ns, picture, colors,
    imprint}``.

    A ``digest`` that was taken when the file had the size and time stamp of
    ``stat`` is believed while it still has them; else it is computed from the
    bytes that are shown. The picture goes to the end of the file ``to``, and
    ``picture`` says where it begins there and how long it is; None where the
    one of ``digest`` is ``known``, and where the file changed meanwhile.
    ``colors`` are those of the picture, packed, in hex, and ``imprint`` its imprint;
    None without a picture.
    """
    from audobon.formats.render import render

    context.check()
    path, known = payload["path"], payload["known"]
    data, colors, imprint = b"", None, None
    try:
        digest, before = payload["digest"], os.stat(path)
        if not digest or [before.st_size, before.st_mtime_ns] != payload["stat"]:
            digest, before = content_digest(path)
            known = known and digest == payload["digest"]
        if not known:
            rendered = render(path, size=int(payload["size"]))
            data, colors = rendered.data, rendered.colors.hex()
            imprint = rendered.imprint.hex()
        after = os.stat(path)
    except OSError as error:
        raise translate_os_error(error, path) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        digest, data, colors, imprint = "", b"", None, None
    return {
        "digest": digest,
        "size": after.st_size,
        "mtime_ns": after.st_mtime_ns,
        "picture": _appended(payload["to"], data) if data else None,
        "colors": colors,
        "imprint": imprint,
    }


def preview_colors(payload: Mapping[str, Any], context: TaskContext) -> list[str]:
    """``{path, lengths}``: the colours of encoded previews that lie in a file one after the other.

    Packed, in hex; empty for one that cannot be decoded.
    """
    from audobon.formats.render.encode import colors_of_preview

    return _each_preview(payload, context, colors_of_preview)


def preview_imprints(payload: Mapping[str, Any], context: TaskContext) -> list[str]:
    """The same for imprints; empty, too, for one in which there is too little to see."""
    from audobon.formats.render.imprint import imprint_of_preview

    return _each_preview(payload, context, imprint_of_preview)


def _each_preview(
    payload: Mapping[str, Any], context: TaskContext, tell: Callable[[bytes], bytes]
) -> list[str]:
    found = []
    try:
        with open(payload["path"], "rb") as stream:
            for length in payload["lengths"]:
                context.check()
                found.append(tell(stream.read(int(length))).hex())
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error
    return found


def file_imprint(payload: Mapping[str, Any], context: TaskContext) -> str:
    """``{path}``: the imprint of the picture that a file shows, in hex."""
    from audobon.formats.render import render

    context.check()
    try:
        return render(payload["path"], size=_IMPRINTED).imprint.hex()
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def show_picture(payload: Mapping[str, Any], context: TaskContext) -> None:
    """``{path, size, to}``: a small encoded picture of a file, written to the file ``to``."""
    from audobon.formats.render import render

    context.check()
    try:
        Path(payload["to"]).write_bytes(render(payload["path"], size=int(payload["size"])).data)
    except OSError as error:
        raise translate_os_error(error, payload["to"]) from error


def cut_region(payload: Mapping[str, Any], context: TaskContext) -> str:
    """``{path, form, region, folder}``: the region as a picture in ``folder``; its name there.

    ``form`` is that of bare pixels, None where ``path`` is a picture.
    """
    from audobon.codec.plain import from_plain
    from audobon.formats.render.raw import read_raw
    from audobon.formats.render.region import cut
    from audobon.formats.render.whole import read_whole, write_whole
    from audobon.model.region import Region

    path, form = payload["path"], payload["form"]
    whole = read_raw(path, form) if form is not None else read_whole(path, context.check)
    part = cut(whole, from_plain(payload["region"], Region), path)
    name = "part.exr" if part.kind in ("f16", "f32") else "part.png"
    try:
        write_whole(os.path.join(payload["folder"], name), part, context.check)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return name


def write_raw(payload: Mapping[str, Any], context: TaskContext) -> None:
    """``{path, form, to}``: pixels of a host as the PNG or EXR ``to``."""
    from audobon.formats.render.raw import read_raw
    from audobon.formats.render.whole import write_whole

    context.check()
    try:
        write_whole(payload["to"], read_raw(payload["path"], payload["form"]), context.check)
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def _appended(to: str, data: bytes) -> tuple[int, int]:
    # Through a file: pictures in messages cost a fourth of what it takes to encode them.
    try:
        with open(to, "ab", buffering=0) as stream:
            begin = stream.seek(0, os.SEEK_END)
            if stream.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, to) from error
    return begin, len(data)


def repack_contents(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{path, to, digest, whole, changed}``: see ``services.versioning.repacking``."""
    from audobon.services.versioning.repacking import repack_file

    path, to, digest = payload["path"], payload["to"], payload["digest"]
    whole, changed = bool(payload.get("whole")), payload.get("changed")
    try:
        return repack_file(path, to, digest, context.check, whole=whole, changed=changed)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, payload["to"]) from error


def detail_files(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{before, after, size, folder}``: what ``services.diffs.detailtask`` says of its task."""
    from audobon.services.diffs.detailtask import details_of

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
    """``{path, renamed}``: what ``services.merge.scenes`` says of its task."""
    from audobon.services.merge.scenes import read_scene_file

    context.check()
    try:
        return read_scene_file(payload["path"], payload["renamed"])
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def check_scene(payload: Mapping[str, Any], context: TaskContext) -> Any:
    """``{path}`` to a ``SceneCheck`` as plain data."""
    from audobon.formats.blend_scripts import blend_scripts
    from audobon.formats.examine import examined

    context.check()
    try:
        return to_plain(examined(payload["path"], "blend", blend_scripts))
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def scene_offers(payload: Mapping[str, Any], context: TaskContext) -> Any:
    """``{path, boxes}`` to a tuple of ``SceneOffer`` as plain data."""
    from audobon.services.merge.sceneboxes import offers_of

    context.check()
    try:
        return to_plain(offers_of(payload["path"], boxes=bool(payload.get("boxes"))))
    except OSError as error:
        raise translate_os_error(error, payload["path"]) from error


def decode_previews(payload: Mapping[str, Any], context: TaskContext) -> list[Any]:
    """``{path, lengths, to}``: what ``services.previews.decoding`` says of its task."""
    from audobon.services.previews.decoding import decode_spans

    try:
        return decode_spans(payload, context.check)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, payload["to"]) from error


def splice_scenes(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """What ``services.merge.splicing`` says of its task."""
    from audobon.services.merge.splicing import splice_files

    context.check()
    try:
        return splice_files(payload)
    except OSError as error:
        raise translate_os_error(error, payload["to"]) from error


def merge_layers(payload: Mapping[str, Any], context: TaskContext) -> Any:
    """What ``services.merge.layertask`` says of its task."""
    from audobon.services.merge.layertask import merge_layered

    try:
        return merge_layered(payload, context.check)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        raise translate_os_error(error, error.filename or payload["to"]) from error


def find_a_blender(payload: Mapping[str, Any], context: TaskContext) -> list[Any] | None:
    """``{setting, least}``: the program and its version, None when there is none."""
    from audobon.services.merge.blender import find_blender

    context.check()
    found = find_blender(payload["setting"], payload["least"])
    return None if found is None else list(found)


def in_blender(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{program, folder, job, timeout_s}``: what ``services.merge.inblender`` says of its jobs."""
    from audobon.services.merge.blender import run_blender

    context.check()
    folder = Path(payload["folder"])
    return run_blender(
        payload["program"], folder, payload["job"], timeout_s=float(payload["timeout_s"])
    )


def learn_head(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """What ``services.taught.lessontask`` says of ``learn_task``."""
    from audobon.services.taught.lessontask import learn_task

    return learn_task(payload, context)


def learn_stars(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """What ``services.taught.lessontask`` says of ``rate_task``."""
    from audobon.services.taught.lessontask import rate_task

    return rate_task(payload, context)


def learn_likeness(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """What ``services.taught.lessontask`` says of ``liken_task``."""
    from audobon.services.taught.lessontask import liken_task

    return liken_task(payload, context)


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "probe": each_of(probe_file),
    "links": each_of(linked_files),
    "preview": each_of(preview_file),
    "colors": preview_colors,
    "imprint": each_of(file_imprint),
    "imprints": preview_imprints,
    "shown": show_picture,
    "raw": write_raw,
    "cut": cut_region,
    "repack": repack_contents,
    "details": detail_files,
    "scene": scene_file,
    "scene_check": check_scene,
    "scene_offers": scene_offers,
    "pixels": decode_previews,
    "splice": splice_scenes,
    "head.learn": learn_head,
    "rating.learn": learn_stars,
    "likeness.learn": learn_likeness,
    "merge_layers": merge_layers,
    "blender_find": find_a_blender,
    "blender": in_blender,
    **KEYED_TASKS,
    **MODEL_TASKS,
}
