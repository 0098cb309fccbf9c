"""What was taught of tags: versions of heads, and the answers that they are learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audobon.errors import NotFound
from audobon.storage.catalog.apply import find_tag
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.names import clean_tag
from audobon.storage.catalog.rows import GARBAGE, damaged, dump, load, micros, moment
from audobon.storage.catalog.words import Meaning, Words
from audobon.storage.sqlite import Database, Row
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.model.head import TaughtHead

__all__ = ["COMPONENT", "Heads"]

COMPONENT = "head "
"""What the names begin with under which suggestions of heads stand."""

_COLUMNS = (
    "fold, version, word, tag, made, in_use, refused, target, promised, threshold, space, card"
)


class Heads(Part):
    """Part of the catalog. What is taught is no change: the assets stay as they are, and an older
    version is taken back by :meth:`use_head`."""

    def keep_head(
        self,
        tag: str,
        weights: bytes,
        card: Mapping[str, Any],
        *,
        space: str,
        refused: str,
        target: float,
        promised: bool,
        threshold: float,
        now: datetime,
    ) -> TaughtHead:
        """Keep a new version; it is the one in use from now on unless it is ``refused``."""
        word = clean_tag(tag)
        with self.db.write():
            words = Words(self.db)
            line = _line(self.db, words, word) or fold(word)
            newest = self.db.value("SELECT max(version) FROM head WHERE fold = ?", (line,)) or 0
            if not refused:
                self.db.execute("UPDATE head SET in_use = 0 WHERE fold = ?", (line,))
            self.db.execute(
                "INSERT INTO head VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(line, newest + 1, word, find_tag(self.db, word) or 0, micros(now)),
                    *(int(not refused), refused, target, int(promised), threshold),
                    *(space, weights, dump(dict(card))),
                ),
            )
            return _heads(self.db, words, line)[-1]

    def heads(self, tag: str | None = None) -> tuple[TaughtHead, ...]:
        """All versions of what was taught, of all tags or of one, the oldest first."""
        with self.db.read():
            words = Words(self.db)
            if tag is None:
                lines = [line for (line,) in self.db.rows("SELECT DISTINCT fold FROM head")]
                return tuple(
                    each for line in sorted(lines) for each in _heads(self.db, words, line)
                )
            line = _line(self.db, words, tag.strip())
            return () if line is None else tuple(_heads(self.db, words, line))

    def head_weights(self, head: TaughtHead) -> bytes:
        """The weights of a version. NotFound when it is gone."""
        found = self.db.value(
            "SELECT weights FROM head WHERE fold = ? AND version = ?",
            (head.component.removeprefix(COMPONENT), head.version),
        )
        if found is None:
            raise NotFound(f"version {head.version} of {head.tag} is gone", subject=head.tag)
        return bytes(found)

    def use_head(self, tag: str, version: int | None) -> TaughtHead | None:
        """Have this version in use from now on, None for none, whose suggestions go at once.

        NotFound for a tag that was never taught, or a version that there is not.
        """
        with self.db.write():
            words = Words(self.db)
            line = _line(self.db, words, tag.strip())
            if line is None:
                raise NotFound(f"{tag} was never taught", subject=tag)
            known = {head.version: head for head in _heads(self.db, words, line)}
            if version is not None and version not in known:
                there = ", ".join(map(str, known))
                raise NotFound(f"{tag} has no version {version}; there are {there}", subject=tag)
            self.db.execute("UPDATE head SET in_use = 0 WHERE fold = ?", (line,))
            if version is None:
                name = COMPONENT + line
                self.db.execute("DELETE FROM suggestion WHERE component = ?", (name,))
                return None
            self.db.execute(
                "UPDATE head SET in_use = 1 WHERE fold = ? AND version = ?", (line, version)
            )
            return next(each for each in _heads(self.db, words, line) if each.used)

    def answers(self, tag: str, *, tagged: bool) -> dict[str, bool]:
        """What people have said of a tag and still holds, by the ids of assets: accepted ones
        that have it, and rejected ones; with ``tagged`` all that have it."""
        with self.db.read():
            words = Words(self.db)
            meaning = words.meaning(tag.strip())
            having = _having(self.db, meaning)
            found = dict.fromkeys(having, True) if tagged else {}
            rows = self.db.rows(
                "SELECT a.id, d.word, d.tag, d.verdict FROM decision d JOIN asset a "
                "ON a.key = d.asset WHERE a.state <> 'removed' ORDER BY a.key"
            )
            for ident, word, key, verdict in rows:
                accepted = verdict == "accepted"
                if words.meaning(word, key) == meaning and accepted == (ident in having):
                    found[ident] = accepted
        return found


def _having(db: Database, meaning: Meaning) -> set[str]:
    """The ids of assets with a tag or one below it."""
    rows = db.rows(
        "WITH RECURSIVE down (key) AS (SELECT ? UNION SELECT t.key FROM tag t "
        "JOIN down ON t.parent = down.key) SELECT DISTINCT a.id FROM asset_tag x "
        "JOIN down ON down.key = x.tag JOIN asset a ON a.key = x.asset "
        "WHERE a.state <> 'removed'",
        (meaning if isinstance(meaning, int) else 0,),
    )
    return {ident for (ident,) in rows}


def _line(db: Database, words: Words, tag: str) -> str | None:
    """The name of the line of versions that is about what a word means now."""
    meaning = words.meaning(tag)
    rows = db.rows("SELECT fold, word, tag FROM head ORDER BY fold, version DESC")
    return next((line for line, word, key in rows if words.meaning(word, key) == meaning), None)


def _heads(db: Database, words: Words, line: str) -> list[TaughtHead]:
    rows = db.rows(f"SELECT {_COLUMNS} FROM head WHERE fold = ? ORDER BY version", (line,))
    return [_head(words, row) for row in rows]


def _head(words: Words, row: Row) -> TaughtHead:
    from audobon.model.head import TaughtHead

    line, version, word, tag, made, used, refused, target, promised, threshold, space, card = row
    try:
        return TaughtHead(
            tag=words.written(words.meaning(word, tag), word),
            version=int(version),
            made=moment(made),
            used=bool(used),
            refused=str(refused),
            component=COMPONENT + line,
            precision=float(target),
            promised=bool(promised),
            threshold=float(threshold),
            space=str(space),
            card=load(card),
        )
    except GARBAGE as exc:
        raise damaged(f"version {version} of the head {line}", exc) from exc
