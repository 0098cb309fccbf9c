"""Several assets that become one, and files that are found to be those of missing assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from audobon.errors import Conflict, Invalid
from audobon.model.asset import Asset, Facts
from audobon.model.change import Change
from audobon.storage.catalog.apply import forward
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Draft, Item, Part, State, drafting
from audobon.storage.catalog.names import clean_text
from audobon.storage.catalog.rows import SELECT, dump, load, pack_attributes, text_of, to_assets
from audobon.storage.catalog.rowstates import APART, REFUSED, place_of
from audobon.storage.sqlite import Database

__all__ = ["Combining", "FoundFile"]


@frozen(slots=True)
class FoundFile:
    """The file that a missing asset has become: its place, or the asset ``twin`` that it is now.

    Without a twin everything else is what was read of the file.
    """

    asset: str
    twin: str = ""
    root: int = 0
    path: str = ""
    size: int = 0
    mtime_ns: int = 0
    partial: bytes = b""
    digest: str = ""
    facts: Facts | None = None


class Combining(Part):
    """Each call is one undoable change of kind ``combine`` or ``relink``."""

    def of_kinds(
        self, kinds: Sequence[str], *, after_key: int = 0, limit: int = 1_000
    ) -> tuple[Asset, ...]:
        """The next present assets of these kinds, by key."""
        where = (
            "WHERE a.key > ? AND a.state = 'present' AND a.kind IN (SELECT value FROM json_each(?))"
            " ORDER BY a.key LIMIT ?"
        )
        return to_assets(self.db.rows(f"{SELECT} {where}", (after_key, dump(kinds), limit)))

    def combine(
        self, groups: Sequence[tuple[str, Sequence[str]]], *, author: str, now: datetime, label: str
    ) -> Change:
        """Let one asset of each group have what the others have, and take these out.

        A group is the id of the one that is kept, and those of the others.
        It gets their tags and relationships, the best rating, their notes below its own,
        and the catalog and attributes that it lacks. NotFound for ids that are unknown
        or removed; Invalid when one is in two groups.
        """
        named = [ident for keep, others in groups for ident in (keep, *others)]
        if len(set(named)) < len(named):
            twice = next(ident for ident in named if named.count(ident) > 1)
            raise Invalid("an asset is named twice in what is to be merged", subject=twice)
        with drafting(self.db, now) as draft:
            keys = dict(zip(named, known_keys(self.db, named), strict=True))
            for keep, others in groups:
                _combine(draft, keys[keep], [keys[each] for each in others])
            text = clean_text(label, what="label") or "merge duplicates"
            return draft.finish("combine", label=text, author=author, undoable=True)

    def found_again(
        self, found: Sequence[FoundFile], *, author: str, now: datetime, label: str
    ) -> Change:
        """Give missing assets the files that they have become, all of them or none.

        An asset that was made of such a file meanwhile hands on what it has, as in
        :meth:`combine`, and is removed. Conflict when an asset is not missing any more or a
        place is another's.
        """
        with drafting(self.db, now) as draft:
            for each in found:
                _find_again(draft, each)
            text = clean_text(label, what="label") or "relink"
            return draft.finish("relink", label=text, author=author, undoable=True)

    def refuse_found(
        self, pairs: Sequence[tuple[str, str]], *, author: str, now: datetime
    ) -> Change:
        """Note that files (stored absolute paths) are not those of assets, to ask no more."""
        with drafting(self.db, now) as draft:
            idents = [ident for ident, _ in pairs]
            keys = dict(zip(dict.fromkeys(idents), known_keys(self.db, idents), strict=True))
            known = self.refused_files()
            forward(
                draft,
                [
                    Item("refusal", keys[ident], None, {"id": ident, "path": path})
                    for ident, path in dict.fromkeys(pairs)
                    if (ident, path) not in known
                ],
            )
            return draft.finish("relink", label="not the same file", author=author, undoable=True)

    def refused_files(self) -> set[tuple[str, str]]:
        """What :meth:`refuse_found` has noted, as id and path."""
        return {(state["id"], state["path"]) for state in self._noted(REFUSED)}

    def keep_apart(self, pairs: Sequence[tuple[str, str]], *, author: str, now: datetime) -> Change:
        """Note of pairs of ids that the two are not the same, to ask no more."""
        with drafting(self.db, now) as draft:
            idents = list(dict.fromkeys(ident for pair in pairs for ident in pair))
            keys = dict(zip(idents, known_keys(self.db, idents), strict=True))
            known = self.kept_apart()
            wanted = dict.fromkeys((min(pair), max(pair)) for pair in pairs)
            forward(
                draft,
                [
                    Item("refusal", keys[one], None, {"id": one, "other": other})
                    for one, other in wanted
                    if (one, other) not in known
                ],
            )
            return draft.finish("combine", label="not the same", author=author, undoable=True)

    def kept_apart(self) -> set[tuple[str, str]]:
        """What :meth:`keep_apart` has noted, the lesser id of each pair first."""
        return {(state["id"], state["other"]) for state in self._noted(APART)}

    def _noted(self, name: str) -> list[State]:
        bounds = (name, name[:-1] + chr(ord(name[-1]) + 1))
        rows = self.db.rows("SELECT value FROM meta WHERE key >= ? AND key < ?", bounds)
        return [load(value) for (value,) in rows]


def _combine(draft: Draft, keep: int, others: Sequence[int]) -> None:
    db = draft.db
    rows = {key: _metadata(db, key) for key in (keep, *others)}
    own, rest = rows[keep], [rows[key] for key in others]
    before: State = {}
    after: State = {}
    best = max(row["rating"] for row in rows.values())
    if best != own["rating"]:
        before["rating"], after["rating"] = own["rating"], best
    notes = list(dict.fromkeys(row["note"] for row in (own, *rest) if row["note"]))
    note = clean_text("\n\n".join(notes), what="note")
    if note != own["note"]:
        before["note"], after["note"] = own["note"], note
    shelf = next((row["catalog"] for row in rest if row["catalog"]), None)
    if own["catalog"] is None and shelf is not None:
        before["catalog"], after["catalog"] = None, shelf
    tags = {key: name for row in rest for key, name in row["tags"].items()}
    won = [[key, name] for key, name in tags.items() if key not in own["tags"]]
    if won:
        after["tags"] = won
    more: State = {}
    for row in rest:
        for name, value in row["attributes"].items():
            if name not in own["attributes"] and own["facts"].get(name) != value:
                more.setdefault(name, value)
    if more:
        after["attributes"] = more
    items = [Item("asset", keep, before, after)] if before or after else []
    items += _moved_edges(db, keep, set(others))
    gone: State = {"state": "removed"}
    items += [Item("asset", key, {"state": rows[key]["state"]}, gone) for key in others]
    forward(draft, items)


def _metadata(db: Database, key: int) -> dict[str, Any]:
    row = db.one(
        "SELECT a.rating, a.note, a.state, c.key, c.path, a.facts, a.attributes FROM asset a "
        "LEFT JOIN catalog c ON c.key = a.catalog WHERE a.key = ?",
        (key,),
    )
    assert row is not None
    rating, note, state, shelf, path, facts, attributes = row
    tags = db.rows(
        "SELECT t.key, t.name FROM asset_tag x JOIN tag t ON t.key = x.tag WHERE x.asset = ?",
        (key,),
    )
    return {
        "rating": rating,
        "note": note,
        "state": state,
        "catalog": None if shelf is None else [shelf, path],
        "facts": load(facts),
        "attributes": load(attributes),
        "tags": dict(tags),
    }


def _moved_edges(db: Database, keep: int, others: set[int]) -> list[Item]:
    """Relationships of the others become those of the one that is kept."""
    named = dump(sorted(others))
    rows = db.rows(
        "SELECT src, kind, dst FROM relationship WHERE src IN (SELECT value FROM json_each(?1)) "
        "OR dst IN (SELECT value FROM json_each(?1)) ORDER BY src, kind, dst",
        (named,),
    )
    there = set(
        db.rows("SELECT src, kind, dst FROM relationship WHERE src = ?1 OR dst = ?1", (keep,))
    )
    items = []
    for src, kind, dst in rows:
        items.append(Item("edge", src, {"kind": kind, "dst": dst}, None))
        moved = (keep if src in others else src, kind, keep if dst in others else dst)
        if moved[0] != moved[2] and moved not in there:
            there.add(moved)
            items.append(Item("edge", moved[0], None, {"kind": kind, "dst": moved[2]}))
    return items


def _find_again(draft: Draft, found: FoundFile) -> None:
    db = draft.db
    (key,) = known_keys(db, [found.asset])
    before = place_of(db, key)
    if before["state"] != "missing":
        raise Conflict(f"{before['path']} is not missing any more", subject=before["path"])
    if found.twin:
        (twin,) = known_keys(db, [found.twin])
        now = place_of(db, twin)
        _combine(draft, key, [twin])
        place: Mapping[str, Any] = now
    else:
        assert found.facts is not None
        place = {
            "root": found.root,
            "path": found.path,
            "size": found.size,
            "mtime_ns": found.mtime_ns,
            "state": "present",
            "kind": found.facts.kind,
            "format": found.facts.format,
            "partial": found.partial.hex(),
            "digest": found.digest,
            "width": found.facts.width,
            "height": found.facts.height,
            "facts": pack_attributes(found.facts.attributes),
            "text": text_of(found.facts.text),
        }
        taken = db.value(
            "SELECT 1 FROM asset WHERE root = ? AND path = ? AND state <> 'removed'",
            (found.root, found.path),
        )
        if taken:
            raise Conflict(f"{found.path} is in the library by now", subject=found.path)
    current = place_of(db, key)
    own = load(current["attributes"])
    if current["mixed"]:
        # The row came from the history: what the file says itself is not people's.
        facts = load(place["facts"])
        own = {name: value for name, value in own.items() if name not in facts}
    after = {**place, "attributes": dump(own), "mixed": 0}
    forward(draft, [Item("place", key, {**current, "state": before["state"]}, after)])
