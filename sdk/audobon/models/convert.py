"""The task that makes an installed component of a package. Runs in a worker process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audobon.codec.plain import from_plain
from audobon.errors import BadFile, Invalid, LimitExceeded, Unsupported
from audobon.model.component import Component, Part
from audobon.models.archive import MAX_PART, check_digest, read_parts
from audobon.system.files import translate_os_error

__all__ = ["BINARY", "NETWORK", "ONNX", "convert_component", "digest_file"]

NETWORK = "model.xml"
"""The network of an installed component, in OpenVINO's own form."""

BINARY = "model.bin"
"""The weights of ``NETWORK``."""


ONNX = "model.onnx"
"""The same network as ONNX, for a second runtime; kept where one is installed."""


def convert_component(payload: Mapping[str, Any], check: Callable[[], None]) -> dict[str, Any]:
    """``{component, archive, beside, to, onnx}``: write the component's files into ``to``.

    The bytes come out of ``archive``, or from files in the folder ``beside``. With
    ``onnx`` a network that comes as ONNX is kept as that too.
    Answers ``{files: {name: digest}, onnx}`` of what was written; ``onnx`` is None
    where that was not asked for, else why it could not be kept, or nothing.
    """
    component = from_plain(payload["component"], Component)
    to = Path(payload["to"])
    check()
    if payload["archive"]:
        data = read_parts(Path(payload["archive"]), component.files)
    else:
        data = [_beside(Path(payload["beside"]), part) for part in component.files]
    check()
    kept = None
    if component.converter == "copy":
        for part, content in zip(component.files, data, strict=True):
            (to / Path(part.path).name).write_bytes(content)
    elif component.converter == "onnx-note":
        from audobon.inference.convert.onnx_note import read_note

        name = str(component.settings.get("note", ""))
        (to / "note.txt").write_bytes(read_note(data[0], name))
    else:
        data = _network(component, data, to)
        if payload.get("onnx") and component.converter == "onnx":
            kept = _keep_onnx(component, data[0], to)
    files = {path.name: digest_file(path) for path in sorted(to.iterdir())}
    return {"files": files, "onnx": kept}


def _beside(folder: Path, part: Part) -> bytes:
    path = folder / part.path
    try:
        if not path.is_file():
            raise BadFile(f"{path} is not a file", subject=str(path))
        if path.stat().st_size > MAX_PART:
            raise LimitExceeded(f"{path} is larger than the {MAX_PART:,} bytes that are read")
        data = path.read_bytes()
    except OSError as error:
        raise translate_os_error(error, path) from error
    check_digest(data, part)
    return data


def _network(component: Component, data: list[bytes], to: Path) -> list[bytes]:
    """Convert and try the network; the files that it was made of, put together."""
    from audobon.inference import door
    from audobon.inference.convert import converter
    from audobon.inference.convert.wrapping import try_out, wrap

    if component.settings.get("join"):
        data = [b"".join(data)]
    raw = converter(component.converter)(data, component.settings)
    network = wrap(raw, component.inputs, component.outputs, component.settings)
    try_out(network, component.inputs, component.outputs)
    half = component.settings.get("keep", "f16") == "f16"
    with door.translated("the network cannot be written"):
        door.load().save_model(network, str(to / NETWORK), compress_to_fp16=half)
    return data


def _keep_onnx(component: Component, data: bytes, to: Path) -> str:
    from audobon.inference.convert.onnx_form import onnx_form

    try:
        form = onnx_form(data, component.inputs, component.outputs, component.settings)
    except (Invalid, Unsupported) as error:
        return str(error)
    (to / ONNX).write_bytes(form)
    return ""


def digest_file(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
