"""Assets that leave the catalog as if they had never been in it, and entries of the audit log
that keep their place in the chain without what they said."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from audobon.codec.audit import redacted_text
from audobon.storage.catalog.audited import append
from audobon.storage.catalog.bundles import BUNDLE_MARK
from audobon.storage.catalog.heads import COMPONENT
from audobon.storage.catalog.jobs import HELD
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import dump
from audobon.storage.catalog.standing import AFRESH, tell
from audobon.storage.sqlite import Database

__all__ = ["Erasing"]

_OF_ASSETS = (
    ("asset_tag", "asset"),
    ("relationship", "src"),
    ("relationship", "dst"),
    ("usage_event", "asset"),
    ("suggestion", "asset"),
    ("decision", "asset"),
    ("bundle", "asset"),
)
_KEPT_NOTES = ("library_id", "made", HELD)
_GONE = "[purged]"


class Erasing(Part):
    """Part of the catalog."""

    def erase_assets(self, ids: Collection[str], marks: Collection[str]) -> int:
        """Remove all rows of some assets, whatever their state, and what the log says of them.

        ``marks`` are names and digests: jobs, notes and changes in which one
        stands go or lose it. What was done so far cannot be undone any more. How
        many assets were still there.
        """
        db, looked = self.db, [*ids, *marks]
        with db.write():
            keys = [
                key
                for (key,) in db.rows(
                    "SELECT key FROM asset WHERE id IN (SELECT value FROM json_each(?))",
                    (dump(list(ids)),),
                )
            ]
            listed = dump(keys)
            for table, column in _OF_ASSETS:
                db.execute(
                    f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",
                    (listed,),
                )
            db.execute(
                "UPDATE bundle SET lead = 0 WHERE lead IN (SELECT value FROM json_each(?))",
                (listed,),
            )
            db.execute("DELETE FROM meta WHERE key = ?", (BUNDLE_MARK,))
            db.execute("UPDATE change SET undoable = 0 WHERE undoable = 1")
            db.execute(
                "DELETE FROM change_item WHERE what IN ('asset', 'place', 'edge', 'decision', "
                "'refusal') AND key IN (SELECT value FROM json_each(?))",
                (listed,),
            )
            for mark in looked:
                _forget(db, mark)
            db.execute("DELETE FROM asset WHERE key IN (SELECT value FROM json_each(?))", (listed,))
            tell(db, AFRESH)
            db.execute(
                "DELETE FROM color WHERE NOT EXISTS "
                "(SELECT 1 FROM asset WHERE asset.digest = color.digest)"
            )
        return len(keys)

    def forget_jobs(self, marks: Collection[str]) -> None:
        """Remove the jobs in which one of these stands, and let those begin that were held."""
        with self.db.write():
            for mark in marks:
                _forget_jobs(self.db, mark)
            self.db.execute("DELETE FROM meta WHERE key = ?", (HELD,))

    def move_clock(self) -> None:
        """Have whoever shows what is here look anew, though no row of an asset has changed."""
        with self.db.write():
            self.db.execute("UPDATE clock SET seq = seq + 1")

    def all_ids(self) -> list[str]:
        """The ids of all assets that have a row, in whatever state."""
        return [ident for (ident,) in self.db.rows("SELECT id FROM asset")]

    def other_paths(self, ids: Collection[str]) -> list[tuple[str, str]]:
        """Root and path of all assets but these."""
        rows = self.db.rows(
            "SELECT r.name, a.path FROM asset a JOIN root r ON r.key = a.root "
            "WHERE a.id NOT IN (SELECT value FROM json_each(?))",
            (dump(list(ids)),),
        )
        return [(root, path) for root, path in rows]

    def other_digests(self, ids: Collection[str]) -> set[str]:
        """The contents of all assets but these, as they are now."""
        rows = self.db.rows(
            "SELECT digest FROM asset WHERE digest <> '' AND state <> 'removed' "
            "AND id NOT IN (SELECT value FROM json_each(?))",
            (dump(list(ids)),),
        )
        return {digest for (digest,) in rows}

    def mentions(self, ids: Collection[str], word: str) -> list[str]:
        """Where people, or other files, name a word: paths of assets, and sets by name."""
        rows = self.db.rows(
            "SELECT path FROM asset WHERE id NOT IN (SELECT value FROM json_each(?2)) AND ("
            "instr(facts, ?1) OR instr(attributes, ?1) OR instr(text, ?1) OR instr(note, ?1)) "
            "UNION ALL SELECT 'set ' || name FROM saved_set WHERE instr(query, ?1) OR "
            "instr(name, ?1) UNION ALL SELECT 'tag ' || name FROM tag WHERE instr(name, ?1) "
            "UNION ALL SELECT 'catalog ' || path FROM catalog WHERE instr(path, ?1)",
            (word, dump(list(ids))),
        )
        return [name for (name,) in rows]

    def audit_redact(
        self,
        marks: Sequence[str],
        *,
        author: str,
        now: datetime,
        what: str,
        detail: Mapping[str, str],
    ) -> list[int]:
        """Take what entries say out of those in which a mark stands, and add one that tells so.

        They keep number, time, author, act and hash, so that the chain holds.
        The first entry, which names the log, stays. Which ones.
        """
        db = self.db
        with db.write():
            found: dict[int, str] = {}
            for mark in marks:
                found.update(
                    db.rows("SELECT n, entry FROM audit WHERE n > 1 AND instr(entry, ?)", (mark,))
                )
            if found:
                triggers = db.rows(
                    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' "
                    "AND tbl_name = 'audit'"
                )
                for name, _ in triggers:
                    db.execute(f"DROP TRIGGER {name}")
                db.many(
                    "UPDATE audit SET entry = ? WHERE n = ?",
                    [(redacted_text(text), n) for n, text in found.items()],
                )
                for _, sql in triggers:
                    db.execute(sql)
            numbers = sorted(found)
            told = {"redacted": ",".join(map(str, numbers))} if numbers else {}
            append(db, time=now, who=author, did="purge", what=what, detail={**detail, **told})
        return numbers


def _forget(db: Database, mark: str) -> None:
    db.execute(
        "DELETE FROM change_item WHERE instr(coalesce(before, ''), ?1) "
        "OR instr(coalesce(after, ''), ?1)",
        (mark,),
    )
    db.execute(
        "UPDATE change SET label = replace(label, ?1, ?2) WHERE instr(label, ?1)", (mark, _GONE)
    )
    # What was learnt of a picture goes with it: weights are made of what examples look like.
    db.execute("DELETE FROM head WHERE instr(card, ?1)", (mark,))
    db.execute(
        f"DELETE FROM suggestion WHERE substr(component, 1, {len(COMPONENT)}) = '{COMPONENT}' "
        "AND NOT EXISTS (SELECT 1 FROM head "
        f"WHERE in_use = 1 AND '{COMPONENT}' || head.fold = suggestion.component)"
    )
    _forget_jobs(db, mark)
    kept = ", ".join(f"'{name}'" for name in _KEPT_NOTES)
    db.execute(
        f"DELETE FROM meta WHERE key NOT IN ({kept}) AND (instr(key, ?1) OR instr(value, ?1))",
        (mark,),
    )


def _forget_jobs(db: Database, mark: str) -> None:
    # Payloads and results are JSON, in which letters beyond ASCII are spelt out.
    for text in dict.fromkeys((mark, json.dumps(mark)[1:-1])):
        db.execute(
            "DELETE FROM job WHERE state <> 'running' AND (instr(payload, ?1) OR instr(key, ?1) "
            "OR instr(coalesce(result, ''), ?1) OR instr(coalesce(error, ''), ?1) "
            "OR instr(hint, ?1))",
            (text,),
        )
