"""Where merged assets lie: no two at one path, and none where a folder is or below a file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.model.merge import MergeConflict
from audobon.model.version import Pointer
from audobon.services.core.stores import Stores
from audobon.services.merge.outcome import Outcome, conflict_id, conflict_of
from audobon.services.versioning.draft import tree_path
from audobon.services.versioning.threeway import merge_manifests
from audobon.services.versioning.way import file_of, shown
from audobon.storage.history import STATE_PREFIX, manifest_path
from audobon.system.names import fold, text_from_bytes

__all__ = ["settle_places"]

if TYPE_CHECKING:
    from audobon.services.versioning.compare import Pair

_ASSETS = b".audobon/assets"


def settle_places(stores: Stores, outcome: Outcome) -> None:
    """Find assets of theirs whose path is taken here, and do as was decided; else ours stays."""
    places = _Places(stores, outcome)
    for ident in places.newcomers():
        places.settle(ident)
    for copy in outcome.copies:
        outcome.pairs[copy.id] = (None, places.elsewhere(copy))


@define
class _Places:
    stores: Stores
    outcome: Outcome
    taken: dict[bytes, set[str]] = field(factory=dict)
    """Who wants each path, of the assets that differ."""
    left: set[bytes] = field(factory=set)
    """Paths of ours that are free in the merged library."""
    _ours: dict[bytes, Manifest] | None = None
    _folded: dict[str, bytes] | None = None
    _alikes: dict[str, list[bytes]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for _, after in self.outcome.pairs.values():
            if after is not None and after.state == "present":
                self.taken.setdefault(_path(after), set()).add(after.id)
        for path in self.taken:
            self._alikes.setdefault(_fold(path), []).append(path)
        for before, after in self.outcome.pairs.values():
            if before is not None and before.state == "present":
                stays = after is not None and after.state == "present"
                if not stays or after is None or _path(after) != _path(before):
                    self.left.add(_path(before))

    def newcomers(self) -> list[str]:
        """Assets that come to a path where ours does not have them, in order of paths."""
        found = []
        for ident, (before, after) in self.outcome.pairs.items():
            if after is not None and after.state == "present":
                stood = before is not None and before.state == "present"
                if not stood or before is None or _path(before) != _path(after):
                    found.append((_path(after), ident))
        return [ident for _, ident in sorted(found)]

    def settle(self, ident: str) -> None:
        """Let one newcomer stay, or note that it cannot."""
        after = self.outcome.pairs[ident][1]
        assert after is not None
        path = _path(after)
        others = self.taken[path] - {ident}
        if others:
            self._decide(ident, self.outcome.pairs[min(others)])
        elif (there := self._here(path)) == path:
            ours = self._made_here().get(path)
            if ours is not None and self._is_the_same(ident, ours):
                self._unite(ident, after, ours)
            else:
                self._decide(ident, None if ours is None else (ours, ours))
        elif there is not None or self._below_a_file(path):
            self._decide(ident, None)
        elif (alike := self._alike(ident, path)) is not None:
            ours = self._made_here().get(alike)
            self._decide(ident, None if ours is None else (ours, ours))

    def _is_the_same(self, ident: str, ours: Manifest) -> bool:
        """Whether both sides have added the very same file."""
        before, after = self.outcome.pairs[ident]
        assert after is not None
        return before is None and after.digest == ours.digest

    def _unite(self, ident: str, after: Manifest, ours: Manifest) -> None:
        """One asset of two that are one file: ours, with what theirs was given."""
        outcome = self.outcome
        theirs = evolve(after, id=ours.id)
        merged = merge_manifests(
            None, ours, theirs, decide=lambda what: outcome.decision(ours.id, what)
        )
        self._drop(ident, after)
        outcome.pairs[ours.id] = (ours, merged.manifest)
        self.taken.setdefault(_path(ours), set()).add(ours.id)
        outcome.conflicts += [conflict_of(ours.id, shown(ours), clash) for clash in merged.clashes]

    def _here(self, path: bytes) -> bytes | None:
        """The path itself when ours has a file there, one below it when it is a folder."""
        for found, _ in self.stores.history.walk(self.outcome.state.ours, prefix=path):
            if found not in self.left:
                return found
        below = path + b"/"
        return next((one for one in self.taken if one.startswith(below)), None)

    def _alike(self, ident: str, path: bytes) -> bytes | None:
        """Another path that is the same to the disks of Windows and macOS, if that is taken.

        One of theirs that comes later is the one that cannot stay.
        """
        folded = _fold(path)
        for other in self._alikes.get(folded, ()):
            if other < path and self.taken[other] - {ident}:
                return other
        if self._folded is None:
            files = self.stores.history.walk(self.outcome.state.ours)
            self._folded = {_fold(one): one for one, _ in files if not one.startswith(STATE_PREFIX)}
        found = self._folded.get(folded)
        return None if found in self.left or found == path else found

    def _below_a_file(self, path: bytes) -> bool:
        parts = path.split(b"/")
        above = [b"/".join(parts[:depth]) for depth in range(1, len(parts))]
        files = self.stores.history.read_many(self.outcome.state.ours, above)
        return any(one in self.taken or (one in files and one not in self.left) for one in above)

    def _made_here(self) -> dict[bytes, Manifest]:
        """What ours changed, by path: one of them is where theirs wants to be."""
        if self._ours is None:
            history, state = self.stores.history, self.outcome.state
            changed = history.changed(state.base, state.ours, prefix=_ASSETS)
            made = (parse_manifest(history.blob(one.new)) for one in changed if one.new)
            self._ours = {_path(one): one for one in made if one.state == "present"}
        return self._ours

    def _decide(self, ident: str, mine: Pair | None) -> None:
        """``mine`` is the asset of ours at the path, None for a folder or a file without one."""
        outcome = self.outcome
        before, after = outcome.pairs[ident]
        assert after is not None
        ours = None if mine is None else mine[1]
        take = outcome.decision(ident, "place")
        takes = ("ours", "both") if ours is None else ("ours", "theirs", "both")
        outcome.conflicts.append(
            MergeConflict(
                conflict_id(ident, "place"),
                ident if ours is None else ours.id,
                shown(after),
                "path",
                "",
                "another file or folder" if ours is None else f"{ours.kind}, {ours.size} bytes",
                f"{after.kind}, {after.size} bytes",
                takes=takes,
                take=take,
                contents={
                    side: Pointer(one.digest, one.size)
                    for side, one in (("ours", ours), ("theirs", after))
                    if one is not None
                },
                other=ident,
            )
        )
        if take == "theirs" and ours is not None and mine is not None:
            self._step_aside(ours, mine[0])
        elif take == "both":
            outcome.pairs[ident] = (before, self.elsewhere(after))
        elif before is None or before.state != "present":
            self._drop(ident, after)
        else:
            self._go_back(ident, before, after)

    def _go_back(self, ident: str, before: Manifest, after: Manifest) -> None:
        back = evolve(after, root=before.root, path=before.path)
        self._leave(ident, after)
        self.left.discard(_path(back))
        if self.taken.get(_path(back)):
            back = self.elsewhere(back)
        self.taken.setdefault(_path(back), set()).add(ident)
        self.outcome.pairs[ident] = (before, back)

    def _drop(self, ident: str, after: Manifest) -> None:
        del self.outcome.pairs[ident]
        self._leave(ident, after)

    def _leave(self, ident: str, after: Manifest) -> None:
        self.taken[_path(after)].discard(ident)

    def _step_aside(self, ours: Manifest, before: Manifest | None) -> None:
        """Ours goes where theirs has it, or out of the library when only ours has it."""
        state = self.outcome.state
        data = self.stores.history.read(state.theirs, manifest_path(ours.id))
        theirs = None if data is None else parse_manifest(data)
        self.taken.get(_path(ours), set()).discard(ours.id)
        if theirs is None or theirs.state != "present":
            self.outcome.pairs[ours.id] = (before, None)
            return
        moved = evolve(ours, root=theirs.root, path=theirs.path)
        free = not self.taken.get(_path(moved)) and self._here(_path(moved)) is None
        self.outcome.pairs[ours.id] = (before, moved if free else self.elsewhere(moved))

    def elsewhere(self, manifest: Manifest) -> Manifest:
        """The same beside its path, under a name that is free here, on disk too."""
        for name in _names(manifest.path):
            moved = evolve(manifest, path=name)
            path = _path(moved)
            if (
                not self.taken.get(path)
                and self._here(path) is None
                and not file_of(self.stores, moved).exists()
            ):
                self.taken.get(_path(manifest), set()).discard(manifest.id)
                self.taken.setdefault(path, set()).add(manifest.id)
                return moved
        raise AssertionError("numbers do not end")


def _names(path: str) -> Iterator[str]:
    """``rock (theirs).png``, ``rock (theirs 2).png``, ..."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    for number in itertools.count(1):
        mark = "theirs" if number == 1 else f"theirs {number}"
        yield f"{folder}{slash}{stem} ({mark}){dot}{suffix}"


def _fold(path: bytes) -> str:
    return fold(text_from_bytes(path))


def _path(manifest: Manifest) -> bytes:
    return tree_path(manifest.root, manifest.path)
