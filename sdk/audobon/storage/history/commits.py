"""Commits as git writes them, and what names and tags lead to."""

from __future__ import annotations

import re

from attrs import frozen

from audobon.errors import Corrupt
from audobon.storage.history.store import Commit, Objects
from audobon.storage.history.trees import EMPTY_TREE, object_id

__all__ = ["COMMIT", "TAG", "Stamp", "parse_commit", "peel", "write_commit"]

COMMIT, TAG = 1, 4
_PERSON = re.compile(rb"([^<\n]*?) ?<([^>\n]*)> (\d{1,18})")
_CHAIN = 16
"""Tags of tags; nobody has more than two."""


@frozen(slots=True)
class Stamp:
    """Git's line for who and when: ``offset`` is the zone in minutes."""

    name: bytes
    email: bytes
    time: int
    offset: int

    def line(self) -> bytes:
        sign, minutes = ("-" if self.offset < 0 else "+"), abs(self.offset)
        zone = f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
        return b"%b <%b> %d %b" % (self.name, self.email, self.time, zone.encode())


def write_commit(
    objects: Objects, tree: bytes, parents: tuple[str, ...], stamp: Stamp, message: str
) -> str:
    """Store a commit, durable on return; its id. Corrupt when what it names is not there."""
    named = [bytes.fromhex(id) for id in parents]
    for oid in (tree, *named):
        if oid != EMPTY_TREE and not objects.has(oid):
            objects.read(oid)  # raises, with the words for a missing object
    lines = [b"tree " + tree.hex().encode()]
    lines += [b"parent " + oid.hex().encode() for oid in named]
    lines += [b"author " + stamp.line(), b"committer " + stamp.line()]
    data = b"\n".join(lines) + b"\n\n" + message.encode()
    oid = object_id(COMMIT, data)
    objects.write(COMMIT, oid, data)
    return oid.hex()


def peel(objects: Objects, oid: bytes) -> str | None:
    """The commit that an object is or, being a tag, names; None for a tree or a blob.

    Corrupt when it is missing or damaged.
    """
    for _ in range(_CHAIN):
        kind, data = objects.read(oid)
        if kind == COMMIT:
            return oid.hex()
        if kind != TAG:
            return None
        name, _, value = data.partition(b"\n")[0].partition(b" ")
        try:
            oid = bytes.fromhex(value.decode("ascii")) if name == b"object" else b""
        except ValueError:
            oid = b""
        if len(oid) != 20:
            break
    raise Corrupt(f"the tag {oid.hex()} of the history is malformed")


def parse_commit(id: str, data: bytes) -> Commit:
    """What a commit object says. ValueError for what is none."""
    head, _, message = data.partition(b"\n\n")
    tree, parents, name, email, time = b"", [], b"", b"", None
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree" and not tree:
            tree = bytes.fromhex(value.decode("ascii"))
        elif key == b"parent":
            parents.append(bytes.fromhex(value.decode("ascii")).hex())
        elif key in (b"author", b"committer") and (match := _PERSON.match(value)):
            if key == b"author":
                name, email = match[1], match[2]
            elif time is None:
                time = int(match[3])
    if len(tree) != 20 or time is None:
        raise ValueError(f"the commit {id} is malformed")
    return Commit(id, tree, tuple(parents), message, name, email, time)
