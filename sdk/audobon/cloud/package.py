"""What is staged for a lesson elsewhere: a wheel of the learning part, made here, and the task.

The wheel is the same bytes for the same sources, so it lies once under its digest. Nothing
builds it: it is a zip with three files of metadata, which any pip takes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from importlib import resources
from typing import Any

from attrs import frozen

from audobon.learning.staged import FORMAT

__all__ = ["MODULE", "Staged", "stage", "task_bytes"]

MODULE = "audobon.learning.staged"
_NAME = "audobon_learning"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip knows
_PYTHON = ">=3.10"
"""Google's training images have 3.10; what is staged uses nothing newer, as a test sees."""
_NEEDS = ("attrs>=22.2", "numpy>=1.24")
_BESIDE = ("__init__.py", "errors.py", "system/__init__.py", "system/late.py")
"""What of ours the learning part stands on: the package itself and how it gives its names."""


@frozen(slots=True)
class Staged:
    """A wheel: its file name, its bytes, and their digest."""

    name: str
    data: bytes
    digest: str

    @property
    def key(self) -> str:
        """Where it lies in a place of objects."""
        return f"packages/{self.digest}/{self.name}"


def stage() -> Staged:
    """The learning part of this installation as a wheel."""
    import audobon

    version = audobon.__version__
    files = {f"audobon/{name}": data for name, data in _sources().items()}
    info = f"{_NAME}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {need}\n" for need in _NEEDS)
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {_NAME.replace('_', '-')}\nVersion: {version}\n"
        f"Summary: How Audobon learns a tag, for other machines\nLicense: Apache-2.0\n"
        f"Requires-Python: {_PYTHON}\n{needs}"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: audobon\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(f"{name},sha256={_b64(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            # Stored, as what is packed differs between versions of zlib, and so would the digest.
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    data = packed.getvalue()
    return Staged(f"{_NAME}-{version}-py3-none-any.whl", data, hashlib.sha256(data).hexdigest())


def _sources() -> dict[str, bytes]:
    root = resources.files("audobon")
    found = {name: root.joinpath(name).read_bytes() for name in _BESIDE}
    for item in sorted(root.joinpath("learning").iterdir(), key=lambda each: each.name):
        if item.name.endswith(".py"):
            found[f"learning/{item.name}"] = item.read_bytes()
    return found


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")


def task_bytes(run: str, lesson: Mapping[str, Any]) -> bytes:
    """A task as the staged program reads it: the same bytes for the same lesson and run."""
    said = {"format": FORMAT, "run": run, "lesson": dict(lesson)}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
