"""How versions of a bare git repository come from each other, by libgit2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt
from audobon.storage.history.door import foreign_errors
from audobon.storage.history.store import Commit, Order

if TYPE_CHECKING:
    import pygit2

__all__ = ["PlainGraph"]


class PlainGraph:
    """``Graph`` of a bare repository. libgit2 heeds its file ``shallow`` by itself."""

    def __init__(self, folder: Path, repository: pygit2.Repository) -> None:
        self._subject = str(folder)
        self._repository = repository

    def commit(self, id: str) -> Commit:
        import pygit2

        with foreign_errors(self._subject):
            found = self._repository.get(id)
        if not isinstance(found, pygit2.Commit):
            raise Corrupt(f"the version {id} is missing from the history", subject=id)
        return _value(found)

    def walk(
        self, tips: Iterable[str], hidden: Iterable[str] = (), *, order: Order = "any"
    ) -> Iterator[Commit]:
        import pygit2
        from pygit2.enums import SortMode

        modes = {
            "any": SortMode.NONE,
            "newest": SortMode.TOPOLOGICAL | SortMode.TIME,
            "oldest": SortMode.TOPOLOGICAL | SortMode.REVERSE,
        }
        with foreign_errors(self._subject):
            walker = self._repository.walk(None, modes[order])
            for tip in tips:
                walker.push(pygit2.Oid(hex=tip))
            for known in hidden:
                walker.hide(pygit2.Oid(hex=known))
            for commit in walker:
                yield _value(commit)

    def base(self, a: str, b: str) -> str | None:
        import pygit2

        with foreign_errors(self._subject):
            found = self._repository.merge_base(pygit2.Oid(hex=a), pygit2.Oid(hex=b))
        return None if found is None else str(found)

    def counts(self, a: str, b: str) -> tuple[int, int]:
        import pygit2

        with foreign_errors(self._subject):
            ahead, behind = self._repository.ahead_behind(pygit2.Oid(hex=a), pygit2.Oid(hex=b))
        return ahead, behind

    def leads_to(self, old: str, new: str) -> bool:
        import pygit2

        with foreign_errors(self._subject):
            return self._repository.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old))


def _value(commit: pygit2.Commit) -> Commit:
    return Commit(
        str(commit.id),
        commit.tree_id.raw,
        tuple(str(parent) for parent in commit.parent_ids),
        commit.raw_message,
        commit.author.raw_name,
        commit.author.raw_email,
        commit.commit_time,
    )
