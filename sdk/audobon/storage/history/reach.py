"""What the refs of a history reach: objects, and the files whose bytes they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from audobon.errors import Cancelled, Corrupt
from audobon.storage.history.pointer import parse_pointer
from audobon.storage.history.store import Graph, Store
from audobon.storage.history.trees import EMPTY_TREE, TREE, parse

__all__ = ["Cut", "Reach", "cut", "named_digest", "reach"]

_COMMIT, _BLOB, _TAG = 1, 3, 4
_MODE_MODULE = b"160000"
_TAGS = "refs/tags/"
_ASK = 1000  # objects between two looks at cancel: some 20 ms


@define
class Reach:
    """Ids of all objects that refs reach, and the sha256 (hex) of all files they name."""

    objects: set[bytes] = field(factory=set)
    digests: set[str] = field(factory=set)
    commits: int = 0


@frozen(slots=True)
class Cut:
    """Which versions a policy keeps. ``shallow`` are those whose parents it cuts off."""

    kept: frozenset[str]
    shallow: frozenset[str]
    pruned: frozenset[str]


def reach(store: Store, shallow: Iterable[str], *, cancel: Callable[[], bool]) -> Reach:
    """Follow every ref of whatever name. Corrupt when anything on the way is missing or damaged.

    A manifest counts with the digest it names, also of a file that is missing
    on disk: nothing that a version speaks of is taken for garbage.
    """
    found = Reach()
    ends = {bytes.fromhex(id) for id in shallow}
    queue: list[tuple[bytes, int]] = []
    for name in store.refs.names():
        target = store.refs.target(name)
        if target is None:
            raise Corrupt(f"the ref {name} of the history leads to nothing", subject=name)
        queue.append((target, 0))
    while queue:
        oid, kind = queue.pop()
        if oid in found.objects or oid == EMPTY_TREE:
            continue
        if len(found.objects) % _ASK == 0 and cancel():
            raise Cancelled("collecting was cancelled; nothing was removed")
        found.objects.add(oid)
        real, data = store.objects.read(oid)
        if kind and real != kind:
            raise Corrupt(f"the object {oid.hex()} of the history is of the wrong kind")
        if real == TREE:
            queue.extend(
                (child, TREE if key.endswith(b"/") else _BLOB)
                for key, (mode, child) in parse(data).items()
                if mode != _MODE_MODULE
            )
        elif real == _BLOB:
            named_digest(data, found.digests)
        else:
            found.commits += real == _COMMIT
            queue.extend(_links(data, parents=oid not in ends))
    return found


def _links(data: bytes, *, parents: bool) -> Iterable[tuple[bytes, int]]:
    """What a commit or a tag names."""
    for line in data.partition(b"\n\n")[0].splitlines():
        name, _, value = line.partition(b" ")
        if name in (b"tree", b"object") or (parents and name == b"parent"):
            kind = {b"tree": TREE, b"parent": _COMMIT}.get(name, 0)
            yield bytes.fromhex(value.decode("ascii")), kind


def named_digest(data: bytes, into: set[str], gone: set[str] | None = None) -> None:
    """Add the sha256 of the file that a blob stands for: a pointer, or an asset's manifest.

    What a manifest names of an asset without a file goes to ``gone``, if that is given.
    """
    if data.startswith(b"version ") or not data:
        pointer = parse_pointer(data)
        if pointer is not None:
            into.add(pointer.digest)
    elif data.startswith(b"{") and b'"digest"' in data:
        try:
            found = json.loads(data)
            digest, state = found["digest"], found.get("state", "present")
        except (ValueError, KeyError, TypeError):
            return
        if isinstance(digest, str) and len(digest) == 64:
            (into if gone is None or state == "present" else gone).add(digest)


def cut(
    graph: Graph,
    refs: Mapping[str, str],
    *,
    last: int | None,
    since: datetime | None,
) -> Cut:
    """What to keep of all versions: of each branch its tip, the ``last`` ones, those ``since``.

    A version is kept too when one that it comes from is, and when another
    parent of the same merge is. Tagged versions are kept alone.
    """
    kept: set[str] = set()
    parents: dict[str, tuple[str, ...]] = {}
    for ref, tip in refs.items():
        line: list[tuple[str, bool]] = []
        for number, commit in enumerate(graph.walk((tip,), order="newest")):
            parents[commit.id] = commit.parents
            young = since is not None and commit.time >= since.timestamp()
            recent = last is not None and number < last
            wanted = number == 0 or (not ref.startswith(_TAGS) and (young or recent))
            line.append((commit.id, wanted))
        kept |= _with_children(line, parents)
    _with_parents(kept, parents)
    shallow = {id for id in kept if parents[id] and not kept.intersection(parents[id])}
    return Cut(frozenset(kept), frozenset(shallow), frozenset(parents.keys() - kept))


def _with_children(
    line: Sequence[tuple[str, bool]], parents: Mapping[str, tuple[str, ...]]
) -> set[str]:
    kept: set[str] = set()
    for id, wanted in reversed(line):
        if wanted or kept.intersection(parents[id]):
            kept.add(id)
    return kept


def _with_parents(kept: set[str], parents: Mapping[str, tuple[str, ...]]) -> None:
    """A commit is cut off from all its parents or from none."""
    queue = [id for id in kept if kept.intersection(parents[id])]
    while queue:
        for parent in parents[queue.pop()]:
            if parent not in kept:
                kept.add(parent)
                if kept.intersection(parents[parent]):
                    queue.append(parent)
