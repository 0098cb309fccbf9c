"""Names of a bare git repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.door import clear_stale_lock, foreign_errors

if TYPE_CHECKING:
    import pygit2

__all__ = ["PlainRefs"]


class PlainRefs:
    """``Refs`` as files, which plain git reads and writes too."""

    def __init__(self, folder: Path, repository: pygit2.Repository) -> None:
        self._folder = folder
        self._repository = repository

    def head(self) -> str | None:
        with foreign_errors(str(self._folder)):
            target = self._repository.lookup_reference("HEAD").target
        return target if isinstance(target, str) else None

    def set_head(self, name: str) -> None:
        clear_stale_lock(self._folder / "HEAD.lock")
        with foreign_errors(str(self._folder)):
            self._repository.set_head(name)

    def names(self) -> list[str]:
        with foreign_errors(str(self._folder)):
            found = self._repository.raw_listall_references()
        # Whatever bytes a foreign client chose come back as they were.
        return [raw.decode("utf-8", "surrogateescape") for raw in found]

    def direct(self, name: str) -> bytes | None:
        found = self._found(name)
        target = None if found is None else found.target
        return None if target is None or isinstance(target, str) else target.raw

    def target(self, name: str) -> bytes | None:
        import pygit2

        found = self._found(name)
        if found is None:
            return None
        try:
            target = found.resolve().target
        except KeyError:
            return None  # HEAD; its branch may not be there yet
        except (ValueError, pygit2.GitError) as exc:
            raise _damaged(name, exc) from exc
        return None if isinstance(target, str) else target.raw

    def _found(self, name: str) -> pygit2.Reference | None:
        import pygit2

        try:
            return self._repository.lookup_reference(name)
        except KeyError:
            return None
        except (ValueError, pygit2.GitError) as exc:
            raise _damaged(name, exc) from exc

    def swap(self, name: str, old: bytes | None, new: bytes) -> bool:
        import pygit2

        clear_stale_lock(self._folder / f"{name}.lock")
        try:
            if old is None:
                self._repository.create_reference(name, pygit2.Oid(raw=new))
                return True
            found = self._repository.lookup_reference(name)
            if found.target != pygit2.Oid(raw=old):
                return False
            # libgit2 compares with what it has read once more, under git's own lock.
            found.set_target(pygit2.Oid(raw=new))
        except (KeyError, ValueError, OSError, pygit2.GitError):
            if self.direct(name) != old:
                return False  # a plain git client was quicker
            self._need_room(name)
            with foreign_errors(str(self._folder)):
                raise
        return True

    def put(self, name: str, new: bytes) -> None:
        import pygit2

        clear_stale_lock(self._folder / f"{name}.lock")
        try:
            self._repository.references.create(name, pygit2.Oid(raw=new), force=True)
        except (ValueError, OSError, pygit2.GitError):
            self._need_room(name)
            with foreign_errors(str(self._folder)):
                raise

    def _need_room(self, name: str) -> None:
        """Conflict where a name is in the way: git keeps ``a`` as a file, ``a/b`` in a folder."""
        for other in self.names():
            if name.startswith(f"{other}/") or other.startswith(f"{name}/"):
                raise Conflict(f"the name {name!r} cannot be beside {other!r}", subject=name)

    def remove(self, name: str) -> None:
        clear_stale_lock(self._folder / f"{name}.lock")
        with foreign_errors(str(self._folder)):
            self._repository.references.delete(name)


def _damaged(name: str, error: Exception) -> Corrupt:
    return Corrupt(f"the ref {name} is damaged: {error}", subject=name)
