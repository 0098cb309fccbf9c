"""The door to pygit2: options, opening, reading and writing objects, errors translated.

pygit2 is imported inside functions: it costs some 60 ms, which search and
metadata never have to pay.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, Corrupt, DiskFull, NotFound, ReadOnly, Unavailable
from audobon.storage.history.commits import Stamp
from audobon.storage.history.trees import Entries, parse
from audobon.system.files import sync_folder, translate_os_error

if TYPE_CHECKING:
    import pygit2

__all__ = [
    "GitObjects",
    "clear_stale_lock",
    "create_repository",
    "estimate_loose",
    "foreign_errors",
    "open_repository",
    "pack_through",
    "stamp",
    "valid_name",
]

_CONFIG = {
    # Git for Windows refuses paths over 260 characters otherwise.
    "core.longpaths": "true",
    # A line of a reflog can be torn by a kill, and then fsck complains. The versions
    # are the log; a user's global setting must not switch it on here.
    "core.logallrefupdates": "false",
    # Housekeeping runs under our lock or when a person asks, not behind a foreign `git fetch`.
    "gc.auto": "0",
}
_STALE_S = 3.0
"""A lock file of git that a live process holds lives for milliseconds; ours are all held under
Audobon's own lock. Three seconds leave room for a slow hook of a plain git client."""
_POLL_S = 0.02
_SAMPLED = ("17", "5b", "a3", "e9")


@functools.cache
def _prepare() -> None:
    """Set libgit2's options, which hold for the whole process, once."""
    try:
        import pygit2
        from pygit2.enums import Option
    except Exception as exc:  # whatever a broken library raises while it is loaded
        raise Unavailable(
            f"versions are off: pygit2 cannot be loaded ({exc})",
            hint="install Audobon once more; everything but versions works meanwhile",
        ) from exc

    # Off by default: a commit would be lost by a power cut although its call has returned.
    pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
    # libgit2 refuses a repository that belongs to another user (git's safe.directory), as on
    # an external disk or a share. That guards against hooks and config of repositories found
    # by walking upwards; this one is opened by its exact path and no hook of it is ever run.
    pygit2.option(Option.SET_OWNER_VALIDATION, False)


def _translate(error: Exception, subject: str) -> AudobonError:
    if isinstance(error, OSError) and error.errno is not None:
        return translate_os_error(error, error.filename or subject)
    text = str(error).strip() or type(error).__name__
    lower = text.lower()
    if "no space left" in lower or "disk full" in lower or "not enough space" in lower:
        return DiskFull(f"no space is left to write {subject}", subject=subject)
    if "read-only" in lower or "permission denied" in lower or "access is denied" in lower:
        return ReadOnly(f"the history {subject} cannot be written: {text}", subject=subject)
    if isinstance(error, OSError) or "config" in lower:  # also a user's broken ~/.gitconfig
        return Unavailable(f"the history {subject} cannot be used: {text}", subject=subject)
    return Corrupt(
        f"the history {subject} is damaged: {text}",
        subject=subject,
        hint="run a check, then restore the history from a snapshot or a remote",
    )


@contextlib.contextmanager
def foreign_errors(subject: str) -> Iterator[None]:
    """Turn whatever pygit2 or the operating system raises into the project's errors."""
    import pygit2

    try:
        yield
    except AudobonError:
        raise
    except (pygit2.GitError, KeyError, ValueError, OSError) as exc:
        raise _translate(exc, subject) from exc


def create_repository(folder: Path) -> None:
    """Make an empty bare repository at ``folder``; it appears complete or not at all."""
    _prepare()
    import pygit2

    new = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    with foreign_errors(str(folder)):
        repository = pygit2.init_repository(new, bare=True, initial_head="main")
        for name, value in _CONFIG.items():
            repository.config[name] = value
        repository.free()
        # libgit2 flushes the folder of a new object, but not the one above it. Made now, the
        # folders need no flush later.
        for number in range(256):
            (new / "objects" / f"{number:02x}").mkdir(exist_ok=True)
        sync_folder(new / "objects")
        new.rename(folder)
        sync_folder(folder.parent)


def open_repository(folder: Path) -> pygit2.Repository:
    """Open the bare repository at exactly this folder; NotFound when there is none."""
    if not (folder / "HEAD").is_file():
        raise NotFound(
            f"{folder} holds no history",
            subject=str(folder),
            hint="restore it from a snapshot or a remote",
        )
    _prepare()
    import pygit2
    from pygit2.enums import RepositoryOpenFlag

    with foreign_errors(str(folder)):
        return pygit2.Repository(
            str(folder), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH
        )


def clear_stale_lock(path: Path) -> None:
    """Remove git's lock file ``path`` if a dead process left it; call it under our own lock.

    A file that lives on for three seconds belongs to nobody. A younger one is
    waited for, since a plain git client may be about to move the ref.
    """
    deadline = time.monotonic() + _STALE_S
    while True:
        try:
            age = time.time() - path.stat().st_mtime
        except (FileNotFoundError, NotADirectoryError):
            return
        if age > _STALE_S or time.monotonic() >= deadline:
            path.unlink(missing_ok=True)
            return
        time.sleep(_POLL_S)


def estimate_loose(folder: Path) -> int:
    """About how many loose objects lie below ``folder``, by four of its 256 shards.

    Names are digests, so the shards fill alike: of 2,000 objects 31 are met, 6 more or less.
    """
    met = 0
    for shard in _SAMPLED:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder / shard) as entries:
            met += sum(1 for _ in entries)
    return met * 256 // len(_SAMPLED)


class GitObjects:
    """The objects of one repository by their 20-byte ids, each read verified by libgit2."""

    def __init__(self, repository: pygit2.Repository) -> None:
        import pygit2

        self._oid = pygit2.Oid
        self._odb = repository.odb
        self._subject = repository.path

    def read(self, oid: bytes) -> tuple[int, bytes]:
        """Type (1 commit, 2 tree, 3 blob, 4 tag) and data; Corrupt when missing or damaged."""
        try:
            kind, data = self._odb.read(self._oid(raw=oid))
        except KeyError as exc:
            raise Corrupt(
                f"the object {oid.hex()} is missing from the history",
                subject=self._subject,
                hint="restore the history from a snapshot or a remote",
            ) from exc
        except Exception as exc:
            raise _translate(exc, self._subject) from exc
        return int(kind), data

    def has(self, oid: bytes) -> bool:
        """Whether the object is there; its bytes are not looked at."""
        return self._oid(raw=oid) in self._odb

    def tree(self, oid: bytes) -> Entries:
        """The entries of a tree object."""
        kind, data = self.read(oid)
        if kind != 2:
            raise Corrupt(f"the object {oid.hex()} is not a tree", subject=self._subject)
        return parse(data)

    def write(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
        """Store one loose object durably under the id that the caller computed."""
        del like  # libgit2 finds what is alike when it makes a pack
        with foreign_errors(self._subject):
            if self._odb.write(kind, data).raw != oid:
                raise Corrupt(f"git names an object differently than {oid.hex()}")


def pack_through(
    read: Callable[[bytes], tuple[int, bytes]], oids: Iterable[bytes], folder: Path
) -> Path:
    """A git pack in ``folder``, with deltas, of objects that libgit2 gets through ``read``.

    Corrupt when one of them cannot be read.
    """
    _prepare()
    import pygit2

    failed: list[AudobonError] = []

    class Backend(pygit2.OdbBackend):
        def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
            try:
                return read(oid.raw)
            except AudobonError as exc:
                failed.append(exc)
                raise KeyError(oid) from exc

        def read_header_cb(self, oid: pygit2.Oid) -> tuple[int, int]:
            kind, data = self.read_cb(oid)
            return kind, len(data)

        def exists_cb(self, _oid: pygit2.Oid) -> bool:
            return False  # asked for bases of deltas that are not in the pack: there are none

    odb = pygit2.Odb()
    odb.add_backend(Backend(), 1)
    repository = pygit2.Repository()  # in memory
    repository.set_odb(odb)
    try:
        with foreign_errors(str(folder)):
            builder = pygit2.PackBuilder(repository)
            for oid in oids:
                builder.add(pygit2.Oid(raw=oid))
            builder.write(str(folder))
    except (AudobonError, SystemError):
        # What Python raises in there may come out as a SystemError.
        if failed:
            raise failed[0] from None
        raise
    (made,) = folder.glob("*.pack")
    return made


def valid_name(ref: str) -> bool:
    """Whether git takes this as the full name of a ref."""
    import pygit2

    return bool(pygit2.reference_is_valid_name(ref))


def stamp(name: str, email: str, time: int, offset: int) -> Stamp:
    """Who and when, trimmed as git does. ValueError for a name of which nothing is left then."""
    import pygit2

    made = pygit2.Signature(name, email, time, offset, "utf-8")
    return Stamp(made.raw_name, made.raw_email, made.time, made.offset)
