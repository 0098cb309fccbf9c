"""Reading assets: by id, path, key, content, in order."""

from __future__ import annotations

import json
from collections.abc import Sequence

from audobon.model.asset import Asset, Root
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import (
    LEFT,
    SELECT,
    STATE,
    dump,
    load,
    select_by_key,
    to_asset,
    to_assets,
)
from audobon.system.names import fold

__all__ = ["HOLDERS", "KEYS", "USES", "Finding"]

# The plus before a column: no index by it. By state the planner would read every asset there is.
HOLDERS = (
    "SELECT digest, key FROM asset WHERE digest IN (SELECT value FROM json_each(?))"
    " AND digest <> '' AND +state = 'present' ORDER BY +key"
)
"""Which present assets have contents."""
# A join in this order takes two thirds of the time of IN, which gathers and sorts all values first.
KEYS = (
    "SELECT j.key, asset.key FROM json_each(?) j CROSS JOIN asset ON asset.digest = j.value"
    " WHERE asset.digest <> ''"
)
"""Which assets have contents, by their places in a list, in whatever state they are."""
USES = (
    "SELECT a.key, a.used, coalesce(a.last_used, 0) FROM json_each(?) j"
    f" CROSS JOIN asset a ON a.key = j.value WHERE +a.state = 'present' OR {STATE} = 'remote'"
)
"""How often and when last assets were used whose files are here or at a remote."""


def _dump_names(names: Sequence[str]) -> str:
    """The same as :func:`dump`, in a twentieth of its time for digests in hex."""
    if not "".join(names).isalnum():
        return dump(names)
    return '["' + '","'.join(names) + '"]'


class Finding(Part):
    """Reads of assets. Removed ones are found by id and key, and by path only where it says so."""

    def roots(self) -> tuple[Root, ...]:
        """All roots, the oldest first."""
        return tuple(
            Root(*row) for row in self.db.rows("SELECT key, name, folder FROM root ORDER BY key")
        )

    def clock(self) -> int:
        """The highest seq given out so far, by any process."""
        return int(self.db.value("SELECT seq FROM clock"))

    def get(self, ident: str) -> Asset | None:
        """The asset of an id in any state, None if there is none."""
        row = self.db.one(f"{SELECT} WHERE a.id = ?", (ident,))
        return None if row is None else to_asset(row)

    def by_ids(self, ids: Sequence[str]) -> tuple[Asset, ...]:
        """The assets of these ids in this order and any state; unknown ids are left out."""
        rows = self.db.rows(
            f"{SELECT} WHERE a.id IN (SELECT value FROM json_each(?))", (dump(ids),)
        )
        found = {row[1]: row for row in rows}
        return to_assets(found[ident] for ident in ids if ident in found)

    def known(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these ids that are in the library, in this order."""
        rows = self.db.rows(
            "SELECT j.value FROM json_each(?) j CROSS JOIN asset a ON a.id = j.value "
            "WHERE a.state <> 'removed' ORDER BY j.key",
            (dump(ids),),
        )
        return tuple(ident for (ident,) in rows)

    def keys_of(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """By id the key, and whether it is in the library; unknown ids are left out."""
        sql = (
            "SELECT id, key, state <> 'removed' FROM asset"
            " WHERE id IN (SELECT value FROM json_each(?))"
        )
        return {ident: (key, bool(known)) for ident, key, known in self.db.rows(sql, (dump(ids),))}

    def by_key(self, keys: Sequence[int]) -> tuple[Asset, ...]:
        """The assets of these keys in this order and any state; unknown keys are left out."""
        return select_by_key(self.db, keys) if keys else ()

    def fact_names(self, ident: str) -> frozenset[str]:
        """Names of the attributes that an asset's file says itself; none for an unknown id."""
        facts = self.db.value("SELECT facts FROM asset WHERE id = ?", (ident,))
        return frozenset() if facts is None else frozenset(load(facts))

    def by_path(self, root: int, path: str) -> Asset | None:
        """The asset at a path in a root, unless it is removed."""
        row = self.db.one(
            f"{SELECT} WHERE a.root = ? AND a.path = ? AND a.state <> 'removed'", (root, path)
        )
        return None if row is None else to_asset(row)

    def find_path(self, path: str, *, any_case: bool = False) -> Asset | None:
        """The asset whose file has this absolute stored path, in whichever root.

        With ``any_case`` a path that differs in case or composition only is
        taken too if just one asset has it, as Windows and macOS would.
        """
        pairs = [
            (root.key, path[len(root.folder.rstrip("/")) + 1 :])
            for root in self.roots()
            if path.startswith(root.folder.rstrip("/") + "/")
        ]
        for root, inner in pairs:
            found = self.by_path(root, inner)
            if found is not None:
                return found
        if not any_case:
            return None
        alike = [asset for root, inner in pairs for asset in self._alike(root, inner)]
        return alike[0] if len(alike) == 1 else None

    def _alike(self, root: int, path: str) -> tuple[Asset, ...]:
        return to_assets(
            self.db.rows(
                f"{SELECT} WHERE a.root = ? AND a.path_fold = ? AND a.state <> 'removed'",
                (root, fold(path)),
            )
        )

    def beginning(self, root: int, start: str, *, limit: int) -> tuple[Asset, ...]:
        """Present assets whose path begins so, in the order of their paths."""
        # Every path that begins so lies between it and it with the last of all letters behind.
        where = "WHERE a.root = ? AND a.path >= ? AND a.path < ? AND a.state = 'present'"
        bounds = (root, start, f"{start}\U0010ffff")
        return to_assets(
            self.db.rows(f"{SELECT} {where} ORDER BY a.path LIMIT ?", (*bounds, limit))
        )

    def by_digest(self, digest: str) -> tuple[Asset, ...]:
        """All assets with these bytes that are not removed, the oldest first."""
        where = "WHERE a.digest = ? AND a.digest <> '' AND a.state <> 'removed' ORDER BY a.key"
        return to_assets(self.db.rows(f"{SELECT} {where}", (digest,)))

    def candidates(self, size: int, partial: bytes) -> tuple[Asset, ...]:
        """Assets that may hold the same bytes, by size in bytes and partial hash; not removed."""
        where = "WHERE a.partial = ? AND a.size = ? AND a.state <> 'removed' ORDER BY a.key"
        return to_assets(self.db.rows(f"{SELECT} {where}", (partial, size)))

    def duplicates(self) -> tuple[tuple[Asset, ...], ...]:
        """Groups of two or more present assets with the same bytes, the largest files first."""
        rows = self.db.rows(
            "SELECT json_group_array(key) FROM asset WHERE digest <> '' AND state = 'present' "
            "AND size > 0 GROUP BY digest HAVING count(*) > 1 ORDER BY size DESC, digest"
        )
        return tuple(select_by_key(self.db, sorted(json.loads(keys))) for (keys,) in rows)

    def scan(self, root: int, prefix: str = "") -> dict[str, tuple[int, int, int, str]]:
        """Path to ``(key, size, mtime_ns, state)`` of every asset at or below ``prefix``.

        Assets that a person removed are there too, unless another has their
        path. ``prefix`` is a folder or a file in the root, without a slash at
        its end.
        """
        columns = "SELECT path, key, size, mtime_ns, state FROM asset"
        ours = f"WHERE root = :root AND (state <> 'removed' OR mtime_ns <> {LEFT})"
        sql = f"{columns} {ours}"
        if prefix:
            # "0" is the character after "/": the range is everything below the folder.
            sql += (
                f" AND path = :prefix UNION ALL {columns} {ours} "
                "AND path > :prefix || '/' AND path < :prefix || '0'"
            )
        rows = self.db.rows(sql, {"root": root, "prefix": prefix} if prefix else {"root": root})
        found = {row[0]: row[1:] for row in rows}
        if len(found) < len(rows):
            found.update((row[0], row[1:]) for row in rows if row[4] != "removed")
        return found

    def contents(self, kind: str) -> list[tuple[str, str]]:
        """The id and the digest (empty where unknown) of every present asset of a kind."""
        return self.db.rows(
            "SELECT id, digest FROM asset WHERE state = 'present' AND kind = ? ORDER BY key",
            (kind,),
        )

    def holders(self, digests: Sequence[str]) -> dict[str, list[int]]:
        """The keys of the present assets with these contents, by digest."""
        found: dict[str, list[int]] = {}
        for digest, key in self.db.rows(HOLDERS, (dump(digests),)):
            found.setdefault(digest, []).append(key)
        return found

    def ever_holders(self, digests: Sequence[str]) -> dict[str, list[int]]:
        """The keys of assets with these contents, each of which is named once, in any state: the
        index alone is read."""
        found: dict[str, list[int]] = {}
        for place, key in self.db.rows(KEYS, (_dump_names(digests),)):
            digest = digests[place]
            if digest in found:
                found[digest].append(key)
            else:
                found[digest] = [key]
        return found

    def uses(self, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
        """How often and when last (0 for never) each of these was used whose file is here, or at a
        remote."""
        return {key: (used, last) for key, used, last in self.db.rows(USES, (dump(keys),))}

    def held(self, digests: Sequence[str]) -> set[str]:
        """Those of these contents that an asset has, in whatever state it is."""
        sql = (
            "SELECT digest FROM asset WHERE digest IN (SELECT value FROM json_each(?))"
            " AND digest <> ''"
        )
        return {digest for (digest,) in self.db.rows(sql, (dump(digests),))}

    def digests(self, keys: Sequence[int]) -> list[str]:
        """The known digests of these assets."""
        sql = (
            "SELECT digest FROM asset WHERE key IN (SELECT value FROM json_each(?))"
            " AND digest <> ''"
        )
        return [digest for (digest,) in self.db.rows(sql, (dump(keys),))]

    def iterate(
        self, after_key: int = 0, *, limit: int = 500, states: Sequence[str] = ("present",)
    ) -> tuple[Asset, ...]:
        """The next assets in the order of their keys; pass the last key to go on.

        What is added meanwhile comes at the end; nothing is met twice.
        """
        where = (
            "WHERE a.key > ? AND a.state IN (SELECT value FROM json_each(?)) ORDER BY a.key LIMIT ?"
        )
        return to_assets(self.db.rows(f"{SELECT} {where}", (after_key, dump(states), limit)))

    def count(self, states: Sequence[str] = ("present",)) -> int:
        """How many assets are in these states."""
        return int(
            self.db.value(
                "SELECT count(*) FROM asset WHERE state IN (SELECT value FROM json_each(?))",
                (dump(states),),
            )
        )
