"""Somebody else's git repository, read only: its versions along the first parents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import NotFound
from audobon.storage.history import trees
from audobon.storage.history.door import GitObjects, foreign_errors, open_repository
from audobon.storage.history.values import Author

if TYPE_CHECKING:
    import pygit2

__all__ = ["ForeignChange", "ForeignRepository", "ForeignVersion", "is_repository"]

_FILE_MODES = (b"100644", b"100755", b"100664")  # the last was written by old tools
_TREES = 20_000  # of some 40 entries each, 100 MB; neighbouring versions share nearly all


@frozen(slots=True)
class ForeignVersion:
    """One commit: ``parents`` is how many it has, ``time`` when its author wrote it."""

    id: str
    parents: int
    message: str
    author: Author
    time: datetime


@frozen(slots=True)
class ForeignChange:
    """One path that differs from the first parent; ``blob`` is None where it is gone.

    ``file`` is False for what is no file: a symbolic link or a submodule.
    """

    path: bytes
    blob: str | None
    file: bool = True


def _git_folder(folder: Path) -> Path | None:
    """The repository's own folder, of a working tree or a bare one."""
    dot = folder / ".git"
    if dot.is_file():  # a linked working tree or a submodule: the file says where
        text = dot.read_text("utf-8", "replace").strip().removeprefix("gitdir:").strip()
        linked = (folder / text).resolve()
        common = linked / "commondir"
        if common.is_file():
            return (linked / common.read_text("utf-8").strip()).resolve()
        return linked
    for place in (dot, folder):
        if (place / "HEAD").is_file() and (place / "objects").is_dir():
            return place
    return None


def is_repository(folder: Path) -> bool:
    """Whether ``folder`` is the top of a working tree or a bare repository."""
    return _git_folder(folder) is not None


class ForeignRepository:
    """Reads a repository at exactly ``folder``; nothing in it is written. NotFound, Corrupt.

    Objects are read one at a time and held in memory whole.
    """

    def __init__(self, folder: Path) -> None:
        git = _git_folder(folder)
        if git is None:
            raise NotFound(f"{folder} is not a git repository", subject=str(folder))
        self.git_folder = git
        self._repository = open_repository(git)
        self._objects = GitObjects(self._repository)
        self._tree = lru_cache(_TREES)(self._objects.tree)
        self._head = _head(folder, git, self._repository)

    def close(self) -> None:
        self._repository.free()

    @property
    def lfs_folder(self) -> Path:
        """Where git-lfs keeps the objects that it has fetched."""
        with foreign_errors(str(self.git_folder)):
            try:
                storage = str(self._repository.config["lfs.storage"])
            except KeyError:
                storage = "lfs"
        return self.git_folder / storage / "objects"

    def versions(self) -> tuple[ForeignVersion, ...]:
        """The commits that lead to HEAD along first parents, oldest first. Empty before one."""
        import pygit2

        found = []
        commit = self._head
        with foreign_errors(str(self.git_folder)):
            while commit is not None:
                found.append(_version(commit))
                parents = commit.parent_ids
                after = self._repository.get(parents[0]) if parents else None
                commit = after if isinstance(after, pygit2.Commit) else None
        return tuple(reversed(found))

    def changes(self, before: str | None, after: str) -> Iterator[ForeignChange]:
        """What differs from one commit (None: nothing) to another, in git's order."""
        old, new = (None if id is None else self._root(id) for id in (before, after))
        for entry in trees.diff(self._tree, old, new):
            if entry.new is None:
                yield ForeignChange(entry.path, None)
                continue
            found = trees.find(self._tree, new or b"", entry.path)
            yield ForeignChange(
                entry.path, entry.new, file=found is not None and found[0] in _FILE_MODES
            )

    def blob(self, id: str) -> bytes:
        """The bytes of a blob."""
        return self._objects.read(bytes.fromhex(id))[1]

    def _root(self, commit: str) -> bytes:
        import pygit2

        with foreign_errors(str(self.git_folder)):
            found = self._repository.get(commit)
        if not isinstance(found, pygit2.Commit):
            raise NotFound(f"the repository has no commit {commit}", subject=commit)
        return found.tree_id.raw


def _head(folder: Path, git: Path, repository: pygit2.Repository) -> pygit2.Commit | None:
    """The commit that is checked out; a linked working tree has a HEAD of its own."""
    import pygit2

    dot = folder / ".git"
    with foreign_errors(str(git)):
        if dot.is_file():
            text = dot.read_text("utf-8", "replace").strip().removeprefix("gitdir:").strip()
            name = (folder / text / "HEAD").read_text("utf-8").strip()
            found = repository.revparse_single(name.removeprefix("ref:").strip())
            return found.peel(pygit2.Commit)
        if repository.head_is_unborn:
            return None
        return repository.head.peel(pygit2.Commit)


def _version(commit: pygit2.Commit) -> ForeignVersion:
    author = commit.author
    zone = timezone(timedelta(minutes=author.offset)) if author.offset else UTC
    return ForeignVersion(
        str(commit.id),
        len(commit.parent_ids),
        commit.raw_message.decode("utf-8", "replace").replace("\0", ""),
        Author(_plain(author.raw_name) or "unknown", _plain(author.raw_email)),
        datetime.fromtimestamp(max(0, author.time), zone),
    )


def _plain(raw: bytes) -> str:
    """A name or address without what git's commit header reserves."""
    text = raw.decode("utf-8", "replace")
    text = "".join(char for char in text if char.isprintable() and char not in "<>")
    # libgit2 refuses a name that has nothing but these.
    return "" if re.fullmatch(r"[\s.,:;\"'\\]*", text) else text.strip()
