"""Git tree objects as bytes: read, change, walk and compare them.

Trees are handled in their stored form because names are arbitrary bytes and
pygit2 builds trees from UTF-8 text only. Entries live in a dict under their
*key*: the name, with ``/`` behind it for a folder. Git sorts a tree by just
that key, so sorted keys are a valid tree, and a file and a folder of one name
cannot be mistaken for each other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from audobon.errors import Corrupt, Invalid
from audobon.storage.history.values import TreeChange, TreeDiff

__all__ = [
    "BLOB",
    "EMPTY_TREE",
    "TREE",
    "Entries",
    "ReadTree",
    "TreeUpdate",
    "WriteObject",
    "diff",
    "diverged",
    "find",
    "object_id",
    "parse",
    "serialize",
    "walk",
    "within",
]

TREE, BLOB = 2, 3  # object types as git numbers them in packs
EMPTY_TREE = bytes.fromhex("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

Entries = dict[bytes, tuple[bytes, bytes]]
"""Key to (octal mode, 20-byte object id)."""

ReadTree = Callable[[bytes], Entries]


class WriteObject(Protocol):
    """Stores an object. ``like`` is another that it is a small change of: only a hint."""

    def __call__(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None: ...


_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{20})", re.DOTALL)
_MODE_FILE = b"100644"
_MODE_FOLDER = b"40000"
_FOLDER_MODES = (_MODE_FOLDER, b"040000")  # the second form was written by old tools
_MODE_MODULE = b"160000"  # a commit of another repository: nothing that could be read here
_KIND_NAMES = {1: b"commit", TREE: b"tree", BLOB: b"blob", 4: b"tag"}


def object_id(kind: int, data: bytes) -> bytes:
    """The 20-byte name of an object: sha1 over its type, size and data."""
    head = b"%b %d\0" % (_KIND_NAMES[kind], len(data))
    return hashlib.sha1(head + data, usedforsecurity=False).digest()


def parse(raw: bytes) -> Entries:
    """The entries of a stored tree; Corrupt when it is not one."""
    found = _ENTRY.findall(raw)
    # findall skips what does not match; then the lengths do not add up.
    if sum(len(mode) + len(name) for mode, name, _ in found) + 22 * len(found) != len(raw):
        raise Corrupt("a tree object of the history is malformed")
    return {
        name + b"/" if mode in _FOLDER_MODES else name: (mode, oid) for mode, name, oid in found
    }


def serialize(entries: Entries) -> bytes:
    parts = []
    for key in sorted(entries):
        mode, oid = entries[key]
        parts.append(b"%b %b\0%b" % (mode, key[:-1] if key.endswith(b"/") else key, oid))
    return b"".join(parts)


class _Node:
    """The changes below one folder."""

    __slots__ = ("files", "folders")

    def __init__(self) -> None:
        self.files: dict[bytes, bytes | None] = {}
        self.folders: dict[bytes, _Node] = {}


def _plan(changes: Iterable[TreeChange]) -> _Node:
    root = _Node()
    for change in changes:
        node = root
        *folders, name = change.path.split(b"/")
        for folder in folders:
            node = node.folders.setdefault(folder, _Node())
        node.files[name] = change.data
    return root


class TreeUpdate:
    """Applies changes to a tree, rewriting only the folders on their paths.

    Removals come before additions, so one update may turn a file into a
    folder or back. Of two changes to one path the last counts. Folders that
    become empty vanish. ``added``, ``modified`` and ``removed`` count the
    files for which ``counts(path)`` holds.
    """

    def __init__(
        self, read: ReadTree, write: WriteObject, *, counts: Callable[[bytes], bool]
    ) -> None:
        self._read = read
        self._write = write
        self._counts = counts
        self.added = self.modified = self.removed = 0

    def apply(self, base: bytes | None, changes: Iterable[TreeChange]) -> bytes:
        """The id of ``base`` (None: the empty tree) with the changes; new objects are written.

        Raises Invalid when a file would take the place of a folder that still
        has files, or a folder that of a file.
        """
        root = self._folder(base, _plan(changes), b"")
        if root is None:
            self._write(TREE, EMPTY_TREE, b"")
            return EMPTY_TREE
        return root

    def _folder(self, base: bytes | None, node: _Node, prefix: bytes) -> bytes | None:
        entries = {} if base is None or base == EMPTY_TREE else self._read(base)
        before = {
            name: entries.pop(name, None) if data is None else entries.get(name)
            for name, data in node.files.items()
        }
        for name, child in node.folders.items():
            self._child(entries, name, child, prefix)
        for name, data in node.files.items():
            self._file(entries, prefix + name, name, data, before[name])
        if not entries:
            return None
        raw = serialize(entries)
        oid = object_id(TREE, raw)
        if oid != base:
            self._write(TREE, oid, raw, base)
        return oid

    def _child(self, entries: Entries, name: bytes, child: _Node, prefix: bytes) -> None:
        key = name + b"/"
        old = entries.get(key)
        new = self._folder(old[1] if old else None, child, prefix + key)
        if new is None:
            entries.pop(key, None)
        elif name in entries:
            raise _in_the_way(prefix + name, "a folder", "a file of that name is there")
        else:
            entries[key] = (old[0] if old else _MODE_FOLDER, new)

    def _file(
        self,
        entries: Entries,
        path: bytes,
        name: bytes,
        data: bytes | None,
        before: tuple[bytes, bytes] | None,
    ) -> None:
        counted = self._counts(path)
        if data is None:
            self.removed += counted and before is not None
            return
        if name + b"/" in entries:
            raise _in_the_way(path, "a file", "a folder of that name still has files")
        oid = object_id(BLOB, data)
        if before is None:
            self.added += counted
        elif before[1] == oid:
            return
        else:
            self.modified += counted
        self._write(BLOB, oid, data)
        entries[name] = (before[0] if before else _MODE_FILE, oid)


def _in_the_way(path: bytes, what: str, reason: str) -> Invalid:
    shown = path.decode("utf-8", "backslashreplace")
    return Invalid(f"history cannot make {shown!r} {what}: {reason}", subject=shown)


def find(read: ReadTree, root: bytes, path: bytes) -> tuple[bytes, bytes] | None:
    """The (mode, id) of a file or folder of the tree, None where there is nothing."""
    entry: tuple[bytes, bytes] | None = (_MODE_FOLDER, root)
    folder = True
    for part in path.split(b"/") if path else ():
        if entry is None or not folder:
            return None
        entries = {} if entry[1] == EMPTY_TREE else read(entry[1])
        entry = entries.get(part)
        folder = entry is None
        if folder:
            entry = entries.get(part + b"/")
    return entry


def within(read: ReadTree, root: bytes, prefix: bytes) -> tuple[bytes | None, bytes, bytes | None]:
    """A prefix as (its folder's tree or None, path in front of the entries, its file or None)."""
    prefix = prefix.rstrip(b"/")
    if not prefix:
        return root, b"", None
    entry = find(read, root, prefix)
    if entry is None:
        return None, prefix, None
    if entry[0] in _FOLDER_MODES:
        return entry[1], prefix + b"/", None
    return None, prefix, entry[1]


def walk(read: ReadTree, root: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    """Every file as (path, blob id) in git's order; ``prefix`` is empty or ends in ``/``."""
    if root == EMPTY_TREE:
        return
    stack = [(prefix, iter(sorted(read(root).items())))]
    while stack:
        path, entries = stack[-1]
        for key, (mode, oid) in entries:
            if key.endswith(b"/"):
                stack.append((path + key, iter(sorted(read(oid).items()))))
                break
            if mode != _MODE_MODULE:
                yield path + key, oid
        else:
            stack.pop()


def diff(
    read: ReadTree, a: bytes | None, b: bytes | None, prefix: bytes = b""
) -> Iterator[TreeDiff]:
    """The files that differ between two trees, in git's order; equal folders are never read."""
    stack = [(prefix, iter(_differing(read, a, b)))]
    while stack:
        path, pairs = stack[-1]
        for key, old, new in pairs:
            if key.endswith(b"/"):
                stack.append((path + key, iter(_differing(read, old, new))))
                break
            yield TreeDiff(path + key, old.hex() if old else None, new.hex() if new else None)
        else:
            stack.pop()


def _differing(
    read: ReadTree, a: bytes | None, b: bytes | None
) -> list[tuple[bytes, bytes | None, bytes | None]]:
    if a == b:
        return []
    old = _ids(read, a)
    new = _ids(read, b)
    keys = {key for key, _ in old.items() ^ new.items()}
    return [(key, old.get(key), new.get(key)) for key in sorted(keys)]


def diverged(
    read: ReadTree, base: bytes | None, ours: bytes | None, theirs: bytes | None
) -> Iterator[tuple[bytes, bytes | None, bytes | None, bytes | None]]:
    """Files that ``theirs`` has otherwise than ``base`` and than ``ours``: path, and the three ids.

    Folders in which only ours changed, or both alike, are never read: the cost
    is that of what theirs did.
    """
    stack = [(b"", iter(_apart(read, base, ours, theirs)))]
    while stack:
        path, entries = stack[-1]
        for key, was, mine, other in entries:
            if key.endswith(b"/"):
                stack.append((path + key, iter(_apart(read, was, mine, other))))
                break
            yield path + key, was, mine, other
        else:
            stack.pop()


def _apart(
    read: ReadTree, base: bytes | None, ours: bytes | None, theirs: bytes | None
) -> list[tuple[bytes, bytes | None, bytes | None, bytes | None]]:
    if theirs in (base, ours):
        return []
    was, other = _ids(read, base), _ids(read, theirs)
    mine = was if ours == base else _ids(read, ours)
    keys = {key for key, _ in was.items() ^ other.items()}
    return [
        (key, was.get(key), mine.get(key), other.get(key))
        for key in sorted(keys)
        if mine.get(key) != other.get(key)
    ]


def _ids(read: ReadTree, tree: bytes | None) -> dict[bytes, bytes]:
    if tree is None or tree == EMPTY_TREE:
        return {}
    return {key: oid for key, (mode, oid) in read(tree).items() if mode != _MODE_MODULE}
