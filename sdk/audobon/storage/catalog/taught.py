"""What was taught beside tags: versions, and which one is in use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audobon.errors import NotFound
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import GARBAGE, damaged, micros, moment
from audobon.storage.sqlite import Database

if TYPE_CHECKING:
    from audobon.model.taught import Taught

__all__ = ["TaughtMaps"]

_KEY = "taught"
# A note of its own for each version: a purge, which takes the notes in which a content stands,
# takes the versions that were learnt from it, for weights are made of what examples look like.
_USED = "taught in use"


class TaughtMaps(Part):
    """Part of the catalog. What is taught is no change: the assets stay as they are."""

    def keep_taught(
        self,
        what: str,
        weights: bytes,
        card: Mapping[str, Any],
        *,
        space: str,
        refused: str,
        now: datetime,
    ) -> Taught:
        """Keep a new version; it is the one in use from now on unless it is ``refused``."""
        import base64

        with self.db.write():
            known = [version for version, _ in _notes(self.db, what)]
            counted = self.db.value("SELECT value FROM meta WHERE key = ?", (f"{_KEY} {what} n",))
            version = max([int(counted or 0), *known]) + 1  # no number comes twice
            note = {
                "made": micros(now),
                "refused": refused,
                "space": space,
                "card": dict(card),
                "weights": base64.b64encode(weights).decode("ascii"),
            }
            _set(self.db, f"{_KEY} {what} {version}", json.dumps(note))
            _set(self.db, f"{_KEY} {what} n", str(version))
            if not refused:
                _set(self.db, f"{_USED} {what}", str(version))
            return next(each for each in _all(self.db, what) if each.version == version)

    def taught(self, what: str) -> tuple[Taught, ...]:
        """All versions, the oldest first."""
        with self.db.read():
            return tuple(_all(self.db, what))

    def used_version(self, what: str) -> int:
        """The version in use, 0 for none. Cheap: nothing of it is read."""
        found = self.db.value(
            "SELECT u.value FROM meta u JOIN meta v ON v.key = ?1 || u.value WHERE u.key = ?2",
            (f"{_KEY} {what} ", f"{_USED} {what}"),
        )
        return int(found or 0)

    def taught_weights(self, taught: Taught) -> bytes:
        """The weights of a version. NotFound when it is gone."""
        import base64

        key = f"{_KEY} {taught.what} {taught.version}"
        found = self.db.value("SELECT value FROM meta WHERE key = ?", (key,))
        if found is None:
            raise NotFound(f"version {taught.version} of {taught.what} is gone")
        try:
            return base64.b64decode(json.loads(found)["weights"], validate=True)
        except (*GARBAGE, KeyError) as exc:
            raise damaged(f"version {taught.version} of {taught.what}", exc) from exc

    def use_taught(self, what: str, version: int | None) -> Taught | None:
        """Have this version in use from now on, None for none. NotFound for one there is not."""
        with self.db.write():
            known = [each for each, _ in _notes(self.db, what)]
            if version is None:
                self.db.execute("DELETE FROM meta WHERE key = ?", (f"{_USED} {what}",))
                return None
            if version not in known:
                there = f"there are {', '.join(map(str, known))}" if known else "none was taught"
                raise NotFound(f"{what} has no version {version}; {there}", subject=what)
            _set(self.db, f"{_USED} {what}", str(version))
            return next(each for each in _all(self.db, what) if each.used)


def _set(db: Database, key: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _notes(db: Database, what: str) -> list[tuple[int, str]]:
    begin = f"{_KEY} {what} "
    rows = db.rows("SELECT key, value FROM meta WHERE key >= ? AND key < ?", (begin, f"{begin}:"))
    there = [(key.removeprefix(begin), value) for key, value in rows]
    return sorted((int(name), value) for name, value in there if name.isdecimal())


def _all(db: Database, what: str) -> list[Taught]:
    from audobon.model.taught import Taught

    used = db.value("SELECT value FROM meta WHERE key = ?", (f"{_USED} {what}",))
    found = []
    for version, value in _notes(db, what):
        try:
            note = json.loads(value)
            found.append(
                Taught(
                    what=what,
                    version=version,
                    made=moment(note["made"]),
                    used=used == str(version),
                    refused=str(note["refused"]),
                    space=str(note["space"]),
                    card=note["card"],
                )
            )
        except (*GARBAGE, KeyError) as exc:
            raise damaged(f"version {version} of {what}", exc) from exc
    return found
