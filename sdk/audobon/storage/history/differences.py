"""Trees as small changes of others: a version changes few entries of a folder that may be long.

A difference is relative to a tree that is stored whole, so that any tree is made of two rows. What
has grown too far from its base is stored whole and becomes the next one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from audobon.errors import Corrupt
from audobon.storage.history.store import Graph, Objects
from audobon.storage.history.trees import EMPTY_TREE, Entries, parse, serialize

__all__ = ["SMALLEST", "apply", "difference", "likes"]

SMALLEST = 1024
"""Bytes of a tree that is worth it: some 20 entries."""
_PART = 8
# A difference of more than an eighth would, grown by each version, cost more than a tree whole.
_MODULE = b"160000"
_SIZE = struct.Struct(">I")


def difference(base: Entries, data: bytes) -> bytes | None:
    """A tree as a change of another; None where that is not small, or not exact."""
    entries = parse(data)
    gone = b"\0".join(key for key in base if key not in entries)
    changed = {key: entry for key, entry in entries.items() if base.get(key) != entry}
    made = _SIZE.pack(len(gone)) + gone + serialize(changed)
    # Trees of other clients may be out of order.
    return made if len(made) * _PART <= len(data) and serialize(entries) == data else None


def apply(base: Entries, made: bytes) -> Entries:
    """The entries of the tree of which :func:`difference` made this. Corrupt for anything else."""
    try:
        (size,) = _SIZE.unpack_from(made)
    except struct.error as exc:
        raise Corrupt("a tree object of the history is malformed") from exc
    entries = dict(base)
    for key in made[_SIZE.size : _SIZE.size + size].split(b"\0") if size else ():
        entries.pop(key, None)
    entries.update(parse(made[_SIZE.size + size :]))
    return entries


def likes(
    objects: Objects, graph: Graph, tips: Iterable[str], done: Iterable[str]
) -> Iterator[tuple[bytes, bytes]]:
    """Long trees of the versions that lead to ``tips`` and not to ``done``, oldest first, each
    with that of the same folder one version before."""
    seen: set[bytes] = set()
    for commit in graph.walk(tips, done, order="oldest"):
        if commit.parents:
            before = graph.commit(commit.parents[0]).tree
            yield from _pairs(objects, before, commit.tree, seen)


def _pairs(
    objects: Objects, old: bytes, new: bytes, seen: set[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    queue = [(old, new)]
    while queue:
        old, new = queue.pop()
        if new in seen or old == new or EMPTY_TREE in (old, new):
            continue
        seen.update((old, new))
        yield new, old
        before, after = objects.tree(old), objects.tree(new)
        queue += [
            (before[key][1], oid)
            for key, (mode, oid) in after.items()
            if key.endswith(b"/") and mode != _MODULE and key in before
        ]
