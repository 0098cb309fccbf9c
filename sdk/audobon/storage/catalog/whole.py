"""All assets for a search index that is built anew: read once, by key, without making models.

A page of them is columns, one for each field, and not rows: what is done to each of thousands
costs a call for each then, and what is done to a column costs one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from audobon.model.asset import AttributeValue
from audobon.storage.catalog.bundles import Grouped, grouped
from audobon.storage.catalog.colors import UNKNOWN
from audobon.storage.catalog.feed import Feeding
from audobon.storage.catalog.rows import GARBAGE, STATE, attributes_of, damaged
from audobon.storage.sqlite import Row

__all__ = ["Whole", "WholePage"]

_SELECT = f"""
SELECT a.key, a.root, a.path, a.kind, a.format, a.size, a.digest, coalesce(a.width, 0),
       coalesce(a.height, 0), a.rating, a.catalog, a.facts, a.attributes, a.text, a.note, a.added,
       a.updated, a.used, coalesce(a.last_used, 0), {STATE},
       nullif(k.swatches, x'{UNKNOWN.hex()}')
FROM asset a LEFT JOIN color k ON k.digest = a.digest
WHERE a.key > ? AND +a.state <> 'removed' ORDER BY a.key LIMIT ?
"""
# No index by state: it would be read in the order of states.
_TEXTS = (2, 3, 4, 6, 13, 14, 19)
_NUMBERS = (5, 7, 8, 9, 15, 16, 17, 18)
_AS_READ = (
    *("path", "kind", "format", "size", "digest", "width", "height", "rating", "text", "note"),
    *("added", "updated", "used", "last_used", "state", "swatches"),
)
_TAGS = "SELECT asset, group_concat(tag) FROM asset_tag WHERE asset > ? AND asset <= ? GROUP BY 1"
_ALONE = Grouped("", (), 0)

Column = tuple[Any, ...]


class WholePage(NamedTuple):
    """Assets as the search index needs them, by rising key: a column for each field, all of one
    length. The meaning is that of the fields of ``Asset`` and ``FeedRow``. Times are microseconds
    since 1970 UTC, ``last_used`` is 0 for never, ``width`` and ``height`` are 0 for unknown."""

    key: Sequence[int] = ()
    root: Sequence[str] = ()
    path: Sequence[str] = ()
    kind: Sequence[str] = ()
    format: Sequence[str] = ()
    size: Sequence[int] = ()
    digest: Sequence[str] = ()
    width: Sequence[int] = ()
    height: Sequence[int] = ()
    rating: Sequence[int] = ()
    catalog: Sequence[str | None] = ()
    tags: Sequence[tuple[str, ...]] = ()
    tag_words: Sequence[tuple[str, ...]] = ()
    attributes: Sequence[Mapping[str, AttributeValue]] = ()
    text: Sequence[str] = ()
    note: Sequence[str] = ()
    added: Sequence[int] = ()
    updated: Sequence[int] = ()
    used: Sequence[int] = ()
    last_used: Sequence[int] = ()
    state: Sequence[str] = ()
    swatches: Sequence[bytes | None] = ()
    bundle: Sequence[str] = ()
    parts: Sequence[tuple[str, ...]] = ()


class Whole(Feeding):
    """Assets by key, many times as fast as by :meth:`Feeding.feed`."""

    def whole(self, after: int, limit: int = 5_000) -> WholePage:
        """The next ``limit`` assets above the key ``after`` that are not removed, by key.

        What is changed meanwhile has a seq above the clock of before, and comes
        by once more when one goes on with :meth:`feed` from there.
        """
        db = self.db
        with db.read():
            rows = db.rows(_SELECT, (after, limit))
            if not rows:
                return WholePage()
            words = self._vocabulary()
            roots: dict[int, str] = dict(db.rows("SELECT key, name FROM root"))
            catalogs: dict[int | None, str | None] = {None: None}
            catalogs.update(db.rows("SELECT key, path FROM catalog"))
            tagged: dict[int, str] = dict(db.rows(_TAGS, (after, rows[-1][0])))
            groups = grouped(db, after=after, to=rows[-1][0])
        columns = list(zip(*rows, strict=True))
        _refuse_garbage(rows, columns)
        keys = columns[0]
        lines = [words.of_text(tagged.get(key, "")) for key in keys]
        alike = [groups.get(key, _ALONE) for key in keys] if groups else [_ALONE] * len(keys)
        return WholePage(
            key=keys,
            root=[roots[root] for root in columns[1]],
            catalog=[catalogs[catalog] for catalog in columns[10]],
            tags=[line for line, _ in lines],
            tag_words=[texts for _, texts in lines],
            attributes=_attributes(keys, columns[11], columns[12]),
            bundle=[each.bundle for each in alike],
            parts=[each.parts for each in alike],
            **dict(zip(_AS_READ, (*columns[2:10], *columns[13:]), strict=True)),
        )


def _attributes(keys: Column, facts: Column, own: Column) -> Sequence[Mapping[str, AttributeValue]]:
    found = []
    for key, said, given in zip(keys, facts, own, strict=True):
        try:
            found.append(attributes_of(said, given))
        except GARBAGE as exc:
            raise damaged(f"row {key}", exc, subject=str(key)) from exc
    return found


def _refuse_garbage(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    """Corrupt for text among the numbers or the other way round, with the row that has it."""
    try:
        for at in _TEXTS:
            "".join(columns[at])
        for at in _NUMBERS:
            if type(sum(columns[at])) is not int:
                raise TypeError("a number is no whole one")
    except GARBAGE as exc:
        if len(rows) == 1:
            raise damaged(f"row {rows[0][0]}", exc, subject=str(rows[0][0])) from exc
        for row in rows:
            _refuse_garbage((row,), [(value,) for value in row])
