"""The folder of a place of objects: made on request, recognised again, never made silently."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from audobon.errors import (
    AudobonError,
    Corrupt,
    Invalid,
    NewerFormat,
    NotFound,
    Unavailable,
)
from audobon.storage.objects.foldernames import OPENED, SCRATCH
from audobon.system.exclusive import Exclusive
from audobon.system.files import free_name, sync_folder, translate_os_error

__all__ = ["FolderRoot"]

_LAYOUT = 1
_STRANGERS = {
    # What systems and synchronising programs put into an empty folder.
    *(".ds_store", "desktop.ini", "thumbs.db", "lost+found", "system volume information"),
    *(".trashes", ".spotlight-v100", ".fseventsd", "$recycle.bin", "@eadir", "#recycle"),
    *(".stfolder", ".stignore", ".dropbox", ".dropbox.cache", ".sync", ".snapshot"),
}
_GROUP = 0o020


class FolderRoot:
    """The folder itself. Files are for their owner only, unless the folder is its group's to write.

    ``identity`` tells places apart, also where one is mounted at the path of another.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = Path(os.path.abspath(path))
        with self._told():
            if not (self.path / OPENED).exists():
                if not create:
                    raise self._missing()
                self._create()
            self._group = bool(self.path.stat().st_mode & _GROUP) and os.name == "posix"
        self.identity = self._read()

    def check(self) -> None:
        """Raise Unavailable where the folder is gone, or is another one than it was."""
        try:
            same = self._read() == self.identity
        except FileNotFoundError:
            same = False
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be reached", subject=str(self.path)) from error
        if not same:
            raise Unavailable(
                f"{self.path} is gone: it is no longer the folder that was opened",
                subject=str(self.path),
                hint="plug the disk in or mount the share, then try again",
            )

    def new_file(self, path: Path) -> IO[bytes]:
        """A new file below the folder, open for writing. Raises OSError."""
        try:
            return self._open(path)
        except FileNotFoundError:
            self.check()
            self.make(path.parent)  # what is empty is not always synchronised
            return self._open(path)

    def make(self, folder: Path) -> None:
        """Make a folder below it and what is missing between them, durably. Raises OSError."""
        if folder == self.path or folder.is_dir():
            return
        if folder.parent == self.path:
            self.check()
        self.make(folder.parent)
        with contextlib.suppress(FileExistsError):
            self._mkdir(folder)
            sync_folder(folder.parent)

    def _mkdir(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        if self._group:
            folder.chmod(0o2770)

    def _open(self, path: Path) -> IO[bytes]:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags, 0o600), "w+b")
        if self._group:
            os.fchmod(file.fileno(), 0o660)
        return file

    def _create(self) -> None:
        if not self.path.exists():
            if not self.path.parent.is_dir():
                raise NotFound(f"there is no folder {self.path.parent}", subject=str(self.path))
            with contextlib.suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
        held = {name.lower() for name in os.listdir(self.path)} - _STRANGERS - {SCRATCH, OPENED}
        if held and not (self.path / OPENED).exists():  # another machine may be quicker
            raise Invalid(
                f"{self.path} holds other files, {min(held)} for one",
                subject=str(self.path),
                hint="name an empty folder, or a new one in it",
            )
        self._group = bool(self.path.stat().st_mode & _GROUP) and os.name == "posix"
        scratch = self.path / SCRATCH
        with contextlib.suppress(FileExistsError):
            self._mkdir(scratch)
        part = free_name(scratch)
        with self._open(part) as file:
            text = {
                "audobon": "a place of objects; change nothing in here by hand",
                "layout": _LAYOUT,
                "id": uuid.uuid4().hex,
            }
            file.write(json.dumps(text, indent=2).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # Of two machines that do it at once, one does; the other then reads what it wrote.
        if not Exclusive(scratch).give(part, self.path / OPENED):
            part.unlink(missing_ok=True)
        sync_folder(self.path)
        sync_folder(self.path.parent)

    def _read(self) -> str:
        raw = (self.path / OPENED).read_bytes()
        try:
            said = json.loads(raw)
            layout, identity = int(said["layout"]), str(said["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise Corrupt(
                f"{self.path / OPENED} is damaged", subject=str(self.path / OPENED)
            ) from error
        if layout > _LAYOUT:
            raise NewerFormat(
                f"{self.path} was made by a newer Audobon",
                subject=str(self.path),
                hint="update Audobon on this machine",
            )
        return identity

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise translate_os_error(error, error.filename or self.path) from error

    def _missing(self) -> AudobonError:
        if not self.path.exists():
            return NotFound(
                f"there is no folder {self.path}",
                subject=str(self.path),
                hint="plug the disk in or mount the share",
            )
        return NotFound(
            f"{self.path} is no place of objects yet, or its disk is not mounted",
            subject=str(self.path),
        )
