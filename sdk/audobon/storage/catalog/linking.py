"""What has to be known of assets to tell which file names which."""

from __future__ import annotations

import json
from collections.abc import Sequence

from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import dump
from audobon.system.names import fold

__all__ = ["Linking"]


class Linking(Part):
    """Assets by what they may name, and by the places that others name."""

    def changed_since(self, seq: int, formats: Sequence[str]) -> list[tuple[str, int, int]]:
        """``(id, size, mtime in ns)`` of present files of these formats, changed after ``seq``."""
        rows: list[tuple[str, int, int]] = self.db.rows(
            "SELECT id, size, mtime_ns FROM asset WHERE seq > ? AND state = 'present'"
            " AND format IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (seq, dump(list(formats))),
        )
        return rows

    def at_places(
        self, places: Sequence[tuple[int, str]], *, any_case: bool = False
    ) -> dict[tuple[int, str], str]:
        """The ids of the assets at ``(root, path)``, for places that have one; none is removed.

        With ``any_case`` a path that differs in case or composition only counts where just one
        asset has it.
        """
        sql = (
            "SELECT j.key, a.id FROM json_each(?) j CROSS JOIN asset a ON a.root = j.value ->> 0 "
            f"AND {'a.path_fold' if any_case else 'a.path'} = j.value ->> 1 "
            "AND a.state <> 'removed'"
        )
        asked = [(root, fold(path) if any_case else path) for root, path in places]
        found: dict[tuple[int, str], set[str]] = {}
        for number, ident in self.db.rows(sql, (json.dumps(asked),)):
            found.setdefault(places[number], set()).add(ident)
        return {place: ids.pop() for place, ids in found.items() if len(ids) == 1}

    def users_by_hand(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Who uses these assets as people recorded it; assets that are in the library, by id."""
        rows = self.db.rows(
            "SELECT d.id, s.id FROM asset d JOIN relationship e ON e.dst = d.key"
            " AND e.kind = 'uses' JOIN asset s ON s.key = e.src AND s.state <> 'removed'"
            " WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id, s.id",
            (dump(list(ids)),),
        )
        found: dict[str, list[str]] = {}
        for used, user in rows:
            found.setdefault(used, []).append(user)
        return found

    def used_by_hand(self) -> list[tuple[str, str]]:
        """Every ``(user, used)`` that people recorded, of assets that are in the library."""
        rows: list[tuple[str, str]] = self.db.rows(
            "SELECT s.id, d.id FROM relationship e JOIN asset s ON s.key = e.src"
            " AND s.state <> 'removed' JOIN asset d ON d.key = e.dst AND d.state <> 'removed'"
            " WHERE e.kind = 'uses'"
        )
        return rows
