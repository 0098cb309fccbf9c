"""What a pipeline made, put where people find it, whatever became of its source meanwhile.

A source may be moved, changed, deleted or taken out of the library while a job
waits or runs. A moved one is found again by its bytes, a deleted one leaves its
folder as the place; only what was taken out gets nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from audobon.errors import AudobonError, DiskFull, Invalid, NotFound, ReadOnly
from audobon.model.asset import Asset
from audobon.services.core import lookup
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import relink
from audobon.system.files import translate_os_error

__all__ = ["need_folder", "origin", "place", "place_in", "still_there", "unchanged"]

_NAMES = 1000  # of results of one kind beside a file; more is a mistake
_WRITABLE = 0o600  # whatever may be done with the source: people work on with a result
_ELSEWHERE = "'--to FOLDER' (to=...) puts new files elsewhere"


def still_there(stores: Stores, ident: str) -> Asset:
    """The asset as it is now; one whose file has moved is looked for once in all roots.

    NotFound when it was taken out of the library.
    """
    asset = lookup.find(stores, ident)
    if asset.state == "present" and not os.path.exists(asset.file):
        relink(stores)
        asset = lookup.find(stores, ident)
    if asset.state == "removed":
        raise NotFound(
            f"{asset.path} was taken out of the library, so nothing is made of it",
            subject=asset.path,
            hint="'audobon undo', or add it again",
        )
    return asset


def unchanged(asset: Asset, stat: tuple[int, int]) -> bool:
    """Whether the file is there with the size and time stamp that it had."""
    try:
        found = os.stat(asset.file)
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == stat


def origin(asset: Asset, now: Asset) -> dict[str, str]:
    """What a result has to remember of its source's bytes, where they are known."""
    known = asset.digest and unchanged(now, (asset.size, asset.mtime_ns))
    return {"made_from": asset.digest} if known else {}


def need_folder(folder: str) -> None:
    """Raise what forbids to make a file in a folder, as far as it can be told before."""
    if not os.path.isdir(folder):
        hint = "make it first, or name another one with '--to FOLDER' (to=...)"
        raise NotFound(f"the folder {folder} does not exist", subject=folder, hint=hint)
    if not os.access(folder, os.W_OK):
        raise ReadOnly(f"nothing can be written to {folder}", subject=folder, hint=_ELSEWHERE)


def place(made: Path, asset: Asset, *, suffix: str, to: str | None) -> Path:
    """Copy a result beside its source under a name that is free, or find that it is there."""
    folder = Path(to or os.path.dirname(asset.file))
    return place_in(made, folder, f"{Path(asset.name).stem}{suffix}", mode=_mode(asset))


def place_in(made: Path, folder: Path, stem: str, *, mode: int = 0o644) -> Path:
    """Copy a result into a folder as ``stem``, or the next free number, or find it there."""
    need_folder(str(folder))
    names = (f"{stem}{f'-{number}' if number > 1 else ''}" for number in range(1, _NAMES))
    try:
        part = _copied(made, folder, mode)
        try:
            for name in names:
                target = folder / f"{name}{made.suffix}"
                if _same(made, target) or _named(part, target):
                    return target
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        raise _told(error, folder) from error
    raise Invalid(f"there are {_NAMES} results called {stem} already", subject=str(folder))


def _told(error: OSError, folder: Path) -> AudobonError:
    """By the folder: the name of a half-written file says nothing to people."""
    told = translate_os_error(error, folder)
    if isinstance(told, DiskFull | ReadOnly):
        told.hint = _ELSEWHERE
    return told


def _mode(asset: Asset) -> int:
    try:
        return os.stat(asset.file).st_mode & 0o666 | _WRITABLE
    except OSError:
        return 0o644


def _copied(made: Path, folder: Path, mode: int) -> str:
    fd, part = tempfile.mkstemp(prefix=".audobon-", suffix=".tmp", dir=folder)
    os.close(fd)
    try:
        shutil.copyfile(made, part)
        os.chmod(part, mode)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
    return part


def _named(part: str, target: Path) -> bool:
    """Give a whole file its name, unless that is taken: nothing is ever written over."""
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: whoever makes the name has it
        try:
            target.open("xb").close()
        except FileExistsError:
            return False
        try:
            os.replace(part, target)
        except OSError:
            with contextlib.suppress(OSError):
                target.unlink()
            raise
    return True


def _same(made: Path, there: Path) -> bool:
    """Whether the very result lies there already, from an earlier run."""
    try:
        if made.stat().st_size != there.stat().st_size:
            return False
        with made.open("rb") as one, there.open("rb") as other:
            digest = hashlib.file_digest(one, "sha256").digest()
            return digest == hashlib.file_digest(other, "sha256").digest()
    except OSError:
        return False
