"""Installed components on disk: one folder each, shared by all libraries of a user.

``<folder>/<name>/<version>/`` holds what the converter wrote, and
``installed.json``: the recipe, the digest of every file, and what was
accepted. A folder appears complete or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.model.component import Component
from audobon.models.convert import digest_file
from audobon.models.ranges import version_key
from audobon.system.files import sync_folder, translate_os_error, write_atomic
from audobon.system.folders import make_own

__all__ = ["Installed", "ModelFolder"]

_NOTE = "installed.json"
_PART = ".part-"


@frozen(slots=True)
class Installed:
    """A component that is there. ``files`` are the digests of what lies in ``folder``.

    ``onnx`` is None where its ONNX form was not asked for; else why it could
    not be kept, empty when it was.
    """

    component: Component
    folder: Path
    files: Mapping[str, str]
    accepted: str = ""
    onnx: str | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def lacks(self, device: str) -> str:
        """Why it cannot run on a device that needs ONNX; empty when it can."""
        name, source = self.component.name, self.component.converter
        if source != "onnx":
            return f"{name} comes from {source or 'no network'}; {device} needs ONNX"
        if self.onnx is None:
            return f"{name} was installed without its ONNX form, which {device} needs"
        return self.onnx

    def problems(self) -> Iterator[str]:
        """Why it cannot be trusted: files that are missing, or not as they were written."""
        for name, digest in self.files.items():
            path = self.folder / name
            if not path.is_file():
                yield f"{self.component.name}: {name} is missing"
            elif digest_file(path) != digest:
                yield f"{self.component.name}: {name} was changed or is damaged"


class ModelFolder:
    """The folder of all installed components."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> dict[str, Installed]:
        """The newest version of every installed component, by name."""
        found: dict[str, Installed] = {}
        for note in sorted(self.folder.glob(f"[!.]*/*/{_NOTE}")):
            item = _load(note)
            if item is None:
                continue
            other = found.get(item.component.name)
            if other is None or _key(other) < _key(item):
                found[item.component.name] = item
        return found

    @contextmanager
    def making(self) -> Iterator[Path]:
        """An empty folder to write a component into; gone when the block ends."""
        make_own(self.folder)
        with tempfile.TemporaryDirectory(prefix=_PART, dir=self.folder) as name:
            yield Path(name)

    def keep(self, part: Path, component: Component, note: Mapping[str, Any]) -> Installed:
        """Make what lies in ``part`` the installed component; other versions of it go."""
        data = {**note, "component": to_plain(component)}
        home = self.folder / component.name
        target = home / component.version
        try:
            write_atomic(part / _NOTE, json.dumps(data, indent=1).encode())
            for path in part.iterdir():
                _sync(path)
            make_own(home)
            if target.exists():
                self._drop(target)
            part.rename(target)
            part.mkdir()  # whoever made it takes it away
            sync_folder(home)
            for other in home.iterdir():
                if other.name != component.version:
                    self._drop(other)
        except OSError as error:
            raise translate_os_error(error, error.filename or target) from error
        made = _load(target / _NOTE)
        assert made is not None
        return made

    def remove(self, installed: Installed) -> None:
        """Take a component away. At once for whoever looks; readers of its files go on."""
        try:
            self._drop(installed.folder)
            installed.folder.parent.rmdir()
        except OSError as error:
            raise translate_os_error(error, error.filename or installed.folder) from error

    def _drop(self, folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=_PART, dir=self.folder) as name:
            folder.rename(Path(name) / "gone")

    def sweep(self) -> None:
        """Take away what an installation that was killed has left. Call it under the lock."""
        for left in self.folder.glob(f"{_PART}*"):
            shutil.rmtree(left, ignore_errors=True)


def _key(item: Installed) -> tuple[int, int, int]:
    return version_key(item.component.version)


def _sync(path: Path) -> None:
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def _load(note: Path) -> Installed | None:
    """What a note says; None for one that cannot be read, as of a newer version."""
    try:
        data = json.loads(note.read_bytes())
        component = from_plain(data["component"], Component)
        files = {str(name): str(digest) for name, digest in data["files"].items()}
        onnx = data.get("onnx")
        return Installed(
            *(component, note.parent, files, str(data.get("accepted", ""))),
            onnx=None if onnx is None else str(onnx),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
