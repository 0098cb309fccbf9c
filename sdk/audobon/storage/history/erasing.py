"""Versions written anew without some assets: everything else of each stays as it is.

What goes: manifests of the assets, their pointers at whatever path they had, pointers to
contents that nothing else names, relations of others to them, and their names in messages.
A version that has none of it keeps its id, and so do all that it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import define, field, frozen

from audobon.errors import Cancelled, Corrupt
from audobon.storage.history.layout import STATE_PREFIX, manifest_path
from audobon.storage.history.pointer import parse_pointer
from audobon.storage.history.store import Objects
from audobon.storage.history.trees import (
    BLOB,
    EMPTY_TREE,
    TREE,
    Entries,
    WriteObject,
    object_id,
    parse,
    serialize,
)

__all__ = ["Named", "Rewriter", "Survey", "Unwanted", "manifest_ids", "survey"]

_COMMIT, _TAG = 1, 4
_MODULE = b"160000"
_ASK = 1000
_GONE = b"[purged]"
_SIGNED = (b"gpgsig", b"gpgsig-sha256", b"mergetag")
"""Headers that would lie in a commit that is written anew."""
_TAG_SIGNATURES = (b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN SSH SIGNATURE-----")


@frozen(slots=True)
class Named:
    """One manifest as some version has it: of which asset, where its file lay, what was in it."""

    id: str
    path: bytes
    digest: str


@define
class Survey:
    """What all versions say of all assets. ``blobs`` are the manifests by their objects."""

    objects: set[bytes] = field(factory=set)
    blobs: dict[bytes, Named] = field(factory=dict)
    digests: set[str] = field(factory=set)
    commits: int = 0

    def named(self, ids: Iterable[str]) -> list[Named]:
        """The manifests of some assets, in whatever version."""
        wanted = set(ids)
        return [one for one in self.blobs.values() if one.id in wanted]


@frozen(slots=True)
class Unwanted:
    """What is to go. ``paths`` are full paths of the tree, ``words`` what messages must not hold.

    ``digests`` are contents that no other asset ever had.
    """

    ids: frozenset[str]
    paths: frozenset[bytes]
    digests: frozenset[str]
    words: tuple[bytes, ...] = ()


def survey(
    objects: Objects,
    tips: Iterable[bytes],
    ends: frozenset[str],
    *,
    cancel: Callable[[], bool],
) -> Survey:
    """Read all that ``tips`` lead to. Corrupt when something of it is missing or damaged."""
    found = Survey()
    stop = {bytes.fromhex(id) for id in ends}
    queue = list(tips)
    while queue:
        oid = queue.pop()
        if oid in found.objects or oid == EMPTY_TREE:
            continue
        if len(found.objects) % _ASK == 0 and cancel():
            raise Cancelled("purging was cancelled; nothing was removed")
        found.objects.add(oid)
        kind, data = objects.read(oid)
        if kind == TREE:
            queue += [child for mode, child in parse(data).values() if mode != _MODULE]
        elif kind == BLOB:
            _look(oid, data, found)
        else:
            found.commits += kind == _COMMIT
            queue += _links(data, parents=oid not in stop)
    return found


def _look(oid: bytes, data: bytes, found: Survey) -> None:
    manifest = _manifest(data)
    if manifest is not None:
        found.blobs[oid] = manifest
        if manifest.digest:
            found.digests.add(manifest.digest)
    elif (pointer := parse_pointer(data)) is not None and data:
        found.digests.add(pointer.digest)


def manifest_ids(blobs: Iterable[bytes]) -> Iterator[str]:
    """The ids of assets of which some of these objects are manifests."""
    for data in blobs:
        manifest = _manifest(data)
        if manifest is not None:
            yield manifest.id


def _manifest(data: bytes) -> Named | None:
    if not data.startswith(b"{") or b'"digest"' not in data:
        return None
    try:
        value = json.loads(data)
        path = f"{value['root']}/{value['path']}".encode()
        return Named(str(value["id"]), path, str(value["digest"]))
    except (ValueError, KeyError, TypeError):
        return None


def _links(data: bytes, *, parents: bool) -> list[bytes]:
    found = []
    for line in data.partition(b"\n\n")[0].splitlines():
        name, _, value = line.partition(b" ")
        if name in (b"tree", b"object") or (parents and name == b"parent"):
            found.append(bytes.fromhex(value.decode("ascii")))
    return found


@define
class Rewriter:
    """Writes commits, tags and trees anew, each once. ``known`` are those that others have made."""

    objects: Objects
    write: WriteObject
    unwanted: Unwanted
    others: Mapping[bytes, frozenset[str]]
    """Paths of ``unwanted`` that other assets had too, and which."""
    ends: frozenset[bytes]
    known: dict[bytes, bytes] = field(factory=dict)
    removed: set[str] = field(factory=set)
    """The contents of pointers that were taken out."""
    _trees: dict[tuple[bytes, bytes, frozenset[bytes]], bytes | None] = field(factory=dict)
    _blobs: dict[bytes, bytes | None] = field(factory=dict)

    def tip(self, start: bytes) -> bytes:
        """What takes the place of a commit or tag: itself when it has nothing to lose."""
        stack = [start]
        while stack:
            oid = stack[-1]
            if oid in self.known:
                stack.pop()
                continue
            kind, data = self.objects.read(oid)
            if kind not in (_COMMIT, _TAG):
                self.known[oid] = oid  # a tag of something else than a version
                continue
            wanted = _links(data, parents=oid not in self.ends)
            if kind == _COMMIT:
                wanted = wanted[1:]
            missing = [each for each in wanted if each not in self.known]
            if missing:
                stack += missing
                continue
            self.known[oid] = self._commit(oid, kind, data)
            stack.pop()
        return self.known[start]

    def _commit(self, oid: bytes, kind: int, data: bytes) -> bytes:
        head, _, message = data.partition(b"\n\n")
        lines, skipping = [], False
        for line in head.split(b"\n"):
            if skipping and line.startswith(b" "):
                continue
            name, _, value = line.partition(b" ")
            skipping = name in _SIGNED
            if skipping:
                continue
            if name == b"tree":
                tree = self._root(bytes.fromhex(value.decode("ascii")))
                line = b"tree " + tree.hex().encode()
            elif name in (b"parent", b"object"):
                before = bytes.fromhex(value.decode("ascii"))
                line = name + b" " + self.known.get(before, before).hex().encode()
            lines.append(line)
        text = self._clean(message)
        unsigned = b"\n".join(line for line in _unsigned(head))
        if b"\n".join(lines) == unsigned and text == message:
            return oid  # as it was, and so with its signature
        if kind == _TAG:
            for mark in _TAG_SIGNATURES:
                text = text.partition(mark)[0]
        made = b"\n".join(lines) + b"\n\n" + text
        new = object_id(kind, made)
        self.write(kind, new, made)
        return new

    def _clean(self, message: bytes) -> bytes:
        for word in self.unwanted.words:
            message = message.replace(word, _GONE)
        return message

    # Trees

    def _root(self, tree: bytes) -> bytes:
        paths = self.unwanted.paths
        if self.others:
            paths = frozenset(path for path in paths if not self._claimed(tree, path))
        new = self._tree(tree, b"", paths)
        if new is None:
            self.write(TREE, EMPTY_TREE, b"")
            return EMPTY_TREE
        return new

    def _claimed(self, tree: bytes, path: bytes) -> bool:
        """Whether another asset has its file at the path in this version."""
        for ident in self.others.get(path, ()):
            found = self._find(tree, manifest_path(ident))
            if found is not None:
                manifest = _manifest(self.objects.read(found)[1])
                if manifest is not None and manifest.path == path:
                    return True
        return False

    def _find(self, tree: bytes, path: bytes) -> bytes | None:
        *folders, name = path.split(b"/")
        for folder in folders:
            entry = self._entries(tree).get(folder + b"/")
            if entry is None:
                return None
            tree = entry[1]
        entry = self._entries(tree).get(name)
        return None if entry is None else entry[1]

    def _entries(self, tree: bytes) -> Entries:
        return {} if tree == EMPTY_TREE else self.objects.tree(tree)

    def _tree(self, tree: bytes, prefix: bytes, paths: frozenset[bytes]) -> bytes | None:
        below = frozenset(path for path in paths if path.startswith(prefix))
        inside = prefix.startswith(STATE_PREFIX)
        key = (tree, prefix if below or inside else b"?", below)
        if key not in self._trees:
            self._trees[key] = self._tree_anew(tree, prefix, below)
        return self._trees[key]

    def _tree_anew(self, tree: bytes, prefix: bytes, paths: frozenset[bytes]) -> bytes | None:
        entries = self._entries(tree)
        kept: Entries = {}
        for name, (mode, oid) in entries.items():
            new: bytes | None = oid
            if mode == _MODULE:
                pass
            elif name.endswith(b"/"):
                new = self._tree(oid, prefix + name, paths)
            elif prefix + name in paths:
                self._note(oid)
                new = None
            else:
                new = self._blob(oid, manifest=prefix.startswith(STATE_PREFIX))
            if new is not None:
                kept[name] = (mode, new)
        if kept == entries:
            return tree
        if not kept:
            return None
        raw = serialize(kept)
        new_id = object_id(TREE, raw)
        self.write(TREE, new_id, raw, tree)
        return new_id

    def _note(self, oid: bytes) -> None:
        pointer = parse_pointer(self.objects.read(oid)[1])
        if pointer is not None:
            self.removed.add(pointer.digest)

    def _blob(self, oid: bytes, *, manifest: bool) -> bytes | None:
        if oid not in self._blobs:
            _, data = self.objects.read(oid)
            self._blobs[oid] = self._manifest(oid, data) if manifest else self._pointer(oid, data)
        return self._blobs[oid]

    def _pointer(self, oid: bytes, data: bytes) -> bytes | None:
        pointer = parse_pointer(data)
        if pointer is None or pointer.digest not in self.unwanted.digests or not data:
            return oid
        self.removed.add(pointer.digest)
        return None

    def _manifest(self, oid: bytes, data: bytes) -> bytes | None:
        ids = self.unwanted.ids
        if not any(ident.encode() in data for ident in ids):
            return oid
        named = _manifest(data)
        if named is not None and named.id in ids:
            return None
        try:
            value = json.loads(data)
            relations = value.get("relationships", [])
            value["relationships"] = [pair for pair in relations if pair[1] not in ids]
            if not value["relationships"]:
                del value["relationships"]
        except (ValueError, AttributeError, TypeError, IndexError) as error:
            raise Corrupt(f"a record of the history cannot be read: {error}") from error
        made = (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        new = object_id(BLOB, made)
        self.write(BLOB, new, made)
        return new


def _unsigned(head: bytes) -> list[bytes]:
    lines, skipping = [], False
    for line in head.split(b"\n"):
        if skipping and line.startswith(b" "):
            continue
        skipping = line.partition(b" ")[0] in _SIGNED
        if not skipping:
            lines.append(line)
    return lines
