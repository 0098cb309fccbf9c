"""Assets that are one thing: rows that are derived from their names and from what was decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from attrs import frozen

from audobon.model.asset import Asset
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, dump, load, to_assets
from audobon.storage.sqlite import Database

__all__ = ["BUNDLE_MARK", "Bundles", "Grouped", "NamedFile", "grouped"]

BUNDLE_MARK = "bundles"


class NamedFile(NamedTuple):
    """What the names of bundles are made of. ``width`` is the longest side in pixels."""

    key: int
    root: int
    path: str
    kind: str
    present: bool
    width: int
    mtime_ns: int
    attributes: Mapping[str, object]


@frozen(slots=True)
class Grouped:
    """Of one asset: lead, part or nothing, the names of its parts, and when that changed last."""

    bundle: str
    parts: tuple[str, ...]
    seq: int


_FILE = (
    "SELECT a.key, a.root, a.path, a.kind, a.state = 'present', "
    "max(coalesce(a.width, 0), coalesce(a.height, 0)), a.mtime_ns, a.attributes FROM asset a"
)


class Bundles(Part):
    """Part of the catalog. To be grouped is no change: assets stay as they are, undo as well."""

    def group(
        self,
        stem: Callable[[NamedFile], int | None],
        lead: Callable[[Sequence[NamedFile]], int],
        *,
        limit: int = 5_000,
    ) -> bool:
        """Bring the groups up to the next about ``limit`` changed assets; whether there were any.

        ``stem`` is equal for files that may be one thing, None for one that
        is alone; ``lead`` is the key of the one that is shown for these, 0 where they are none.
        """
        db = self.db
        with db.read():
            since = self._grouped_to()
            news = db.rows(
                "SELECT key, seq FROM asset WHERE seq > ? ORDER BY seq LIMIT ?", (since, limit)
            )
        if not news:
            return False
        with db.write():
            if self._grouped_to() != since:
                return True  # another process was quicker
            files = _files(db, [key for key, _ in news])
            touched = self._put_stems(files, stem)
            self._put_leads(touched, lead)
            end = str(news[-1][1])
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (BUNDLE_MARK, end))
        return True

    def bundle_of(self, key: int) -> tuple[int, tuple[Asset, ...]]:
        """The key of the lead of an asset's bundle, and its parts; 0 and none for one alone."""
        with self.db.read():
            lead = int(self.db.value("SELECT lead FROM bundle WHERE asset = ?", (key,)) or 0)
            return (lead, self._parts(lead)) if lead else (0, ())

    def bundle_leads(self, *, after: int = 0, limit: int = 1_000) -> tuple[int, ...]:
        """The keys of leads above ``after``, in order."""
        rows = self.db.rows(
            "SELECT asset FROM bundle WHERE lead <> 0 AND lead = asset AND asset > ? "
            "ORDER BY asset LIMIT ?",
            (after, limit),
        )
        return tuple(key for (key,) in rows)

    def _parts(self, lead: int) -> tuple[Asset, ...]:
        where = "JOIN bundle b ON b.asset = a.key WHERE b.lead = ? AND b.lead <> 0 ORDER BY a.path"
        return to_assets(self.db.rows(f"{SELECT} {where}", (lead,)))

    def _grouped_to(self) -> int:
        value = self.db.value("SELECT value FROM meta WHERE key = ?", (BUNDLE_MARK,))
        since = int(value) if value is not None else 0
        # A catalog that was put back to an older state groups everything anew.
        return since if since <= int(self.db.value("SELECT seq FROM clock")) else 0

    def _put_stems(
        self, files: Sequence[NamedFile], stem: Callable[[NamedFile], int | None]
    ) -> set[int]:
        """Note the stem of each file; all stems that have other files now than before."""
        db = self.db
        keys = dump([file.key for file in files])
        had: dict[int, int] = dict(
            db.rows(
                "SELECT asset, stem FROM bundle WHERE asset IN (SELECT value FROM json_each(?))",
                (keys,),
            )
        )
        now = {file.key: stem(file) if file.present else None for file in files}
        touched = set(had.values())
        new = [(key, each) for key, each in now.items() if each is not None]
        touched.update(each for _, each in new)
        db.many(
            "INSERT INTO bundle (asset, stem) VALUES (?, ?) "
            "ON CONFLICT (asset) DO UPDATE SET stem = excluded.stem",
            new,
        )
        gone = [key for key, each in now.items() if each is None and key in had]
        db.many("UPDATE bundle SET stem = 0 WHERE asset = ?", [(key,) for key in gone])
        if gone:
            self._set_leads(dict.fromkeys(gone, 0))
        return touched - {0}

    def _put_leads(
        self, stems: Collection[int], lead: Callable[[Sequence[NamedFile]], int]
    ) -> None:
        rows = self.db.rows(
            "SELECT asset, stem FROM bundle WHERE stem IN (SELECT value FROM json_each(?))",
            (dump(sorted(stems)),),
        )
        stem_of: dict[int, int] = dict(rows)
        together: dict[int, list[NamedFile]] = {}
        for file in _files(self.db, list(stem_of)):
            together.setdefault(stem_of[file.key], []).append(file)
        leads = {}
        for files in together.values():
            first = lead(files)
            leads.update({file.key: first for file in files})
        self._set_leads(leads)

    def _set_leads(self, leads: Mapping[int, int]) -> None:
        """Those that change get a number of the clock each, and so does the lead of any of them."""
        db = self.db
        had: dict[int, int] = dict(
            db.rows(
                "SELECT asset, lead FROM bundle WHERE asset IN (SELECT value FROM json_each(?))",
                (dump(list(leads)),),
            )
        )
        changed = {key for key, first in leads.items() if had.get(key, 0) != first}
        # Who stands for others is found by their names, which are others now.
        changed |= {had.get(key, 0) for key in changed} | {leads[key] for key in changed}
        seq = int(db.value("SELECT seq FROM clock"))
        keys = sorted(changed - {0})
        db.many(
            "UPDATE bundle SET lead = ?, seq = ? WHERE asset = ?",
            [
                (leads.get(key, had.get(key, 0)), seq + number, key)
                for number, key in enumerate(keys, 1)
                if key in leads
            ],
        )
        db.many(
            "UPDATE bundle SET seq = ? WHERE asset = ?",
            [(seq + number, key) for number, key in enumerate(keys, 1) if key not in leads],
        )
        if keys:
            db.execute("UPDATE clock SET seq = ?", (seq + len(keys),))


def _files(db: Database, keys: Sequence[int]) -> list[NamedFile]:
    rows = db.rows(f"{_FILE} WHERE a.key IN (SELECT value FROM json_each(?))", (dump(list(keys)),))
    return [
        NamedFile(key, root, path, kind, bool(present), width, mtime_ns, load(attributes))
        for key, root, path, kind, present, width, mtime_ns, attributes in rows
    ]


def grouped(
    db: Database, keys: Collection[int] = (), *, after: int = 0, to: int = 0
) -> dict[int, Grouped]:
    """What the search index is told of these assets; those that were never grouped are left out.

    With ``to`` it is all with a key above ``after`` and up to that one.
    """
    which = "asset > ? AND asset <= ?" if to else "asset IN (SELECT value FROM json_each(?))"
    values: tuple[object, ...] = (after, to) if to else (dump(list(keys)),)
    rows = db.rows(f"SELECT asset, lead, seq FROM bundle WHERE seq <> 0 AND {which}", values)
    leads = [asset for asset, lead, _ in rows if lead == asset]
    names: dict[int, list[str]] = {}
    for lead, path in (
        db.rows(
            "SELECT b.lead, a.path FROM bundle b JOIN asset a ON a.key = b.asset "
            "WHERE b.lead IN (SELECT value FROM json_each(?)) AND b.lead <> b.asset",
            (dump(leads),),
        )
        if leads
        else ()
    ):
        names.setdefault(lead, []).append(path.rpartition("/")[2])
    return {
        asset: Grouped(
            "" if not lead else "lead" if lead == asset else "part",
            *(tuple(sorted(names.get(asset, ()))), seq),
        )
        for asset, lead, seq in rows
    }
