"""Whether the history is whole: refs, the trees at their tips, or every object."""

from __future__ import annotations

import hashlib

from audobon.errors import AudobonError, Corrupt
from audobon.storage.history import revisions
from audobon.storage.history.store import Objects, Store
from audobon.storage.history.trees import EMPTY_TREE, TREE, parse

__all__ = ["check"]

_COMMIT, _BLOB, _TAG = 1, 3, 4
_NAMES = {_COMMIT: b"commit", TREE: b"tree", _BLOB: b"blob", _TAG: b"tag"}
_MODE_MODULE = b"160000"


def check(store: Store, *, full: bool, shallow: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Every problem as one sentence, none when the history is whole.

    Without ``full``: every ref names a commit, and the trees of those commits
    can be read and their blobs are there. With it: every object that a ref
    reaches is read and hashed again. The parents of ``shallow`` versions were pruned.
    """
    problems: list[str] = []
    tips: set[str] = set()
    for name in store.refs.names():
        try:
            commit = revisions.tip(store, name)
        except AudobonError as error:
            problems.append(error.message)
            continue
        if commit is not None:
            tips.add(commit)
    seen: set[bytes] = set()
    queue = [(bytes.fromhex(commit), _COMMIT, f"version {commit}") for commit in sorted(tips)]
    while queue:
        oid, kind, where = queue.pop()
        if oid in seen or oid == EMPTY_TREE:
            continue
        seen.add(oid)
        try:
            queue.extend(_look(store.objects, oid, kind, where, full=full, shallow=shallow))
        except AudobonError as error:
            problems.append(f"{where}: {error.message}")
    return tuple(problems)


def _look(
    objects: Objects, oid: bytes, kind: int, where: str, *, full: bool, shallow: frozenset[str]
) -> list[tuple[bytes, int, str]]:
    """Check one object and give back those it names, as (id, type, where it was named)."""
    if kind == _BLOB and not full:
        if not objects.has(oid):
            objects.read(oid)  # raises, with the words for a missing object
        return []
    found, data = objects.read(oid)
    head = b"%b %d\0" % (_NAMES[found], len(data))
    if found != kind or hashlib.sha1(head + data, usedforsecurity=False).digest() != oid:
        raise Corrupt(f"the object {oid.hex()} does not match its name")
    if kind == TREE:
        return [
            (child, TREE if key.endswith(b"/") else _BLOB, where)
            for key, (mode, child) in parse(data).items()
            if mode != _MODE_MODULE
        ]
    follow = full and oid.hex() not in shallow
    return _commit_links(data, full=follow) if kind == _COMMIT else []


def _commit_links(data: bytes, *, full: bool) -> list[tuple[bytes, int, str]]:
    links = []
    for line in data.partition(b"\n\n")[0].splitlines():
        name, _, value = line.partition(b" ")
        if name == b"tree" or (full and name == b"parent"):
            text = value.decode("ascii")
            kind = TREE if name == b"tree" else _COMMIT
            links.append((bytes.fromhex(text), kind, f"{name.decode()} {text}"))
    return links
