"""The judged queries put to Audobon, to SQLite's FTS5 and to Tantivy; each as its manual says.

All get the same words of the same assets: name, folder, tags, note, text in
the file and in the picture.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.judged.judging import DEPTH, HALVES, ndcg

__all__ = ["ask_audobon", "ask_fts", "ask_tantivy", "fill", "scored"]

Rows = Sequence[Mapping[str, Any]]
_FIELDS = ("name", "tags", "folder", "note", "text")


def fill(folder: Path, rows: Rows) -> None:
    """A library of the judged assets, without their files."""
    from audobon import Library
    from audobon.model.asset import Facts
    from audobon.model.change import Edit
    from audobon.services.core.place import open_place
    from audobon.storage.catalog import Catalog, NewFile
    from audobon.storage.writing import WritingStore

    Library.create(folder, "judged", author="Bench <bench@localhost>").close()
    catalog = Catalog.open(open_place(folder).catalog)
    now, root = datetime.now(UTC), catalog.roots()[0].key
    files = [
        NewFile(
            root=root,
            path=row["path"],
            size=1000 + number,
            mtime_ns=number,
            partial=number.to_bytes(16, "little"),
            digest=f"{number:064x}",
            facts=Facts(
                kind=row["kind"], format=row["path"].rpartition(".")[2], text=row.get("text", "")
            ),
        )
        for number, row in enumerate(rows)
    ]
    place = open_place(folder)
    writing = WritingStore(place.writing, base=place.state)
    writing.put({f"{number:064x}": row["seen"] for number, row in enumerate(rows) if "seen" in row})
    writing.close()
    made = catalog.insert(files, author="bench", now=now)
    for asset, row in zip(made, rows, strict=True):
        edit = Edit(
            add_tags=tuple(row.get("tags", ())),
            note=row.get("note", ""),
            rating=row.get("rating", 0),
        )
        catalog.edit([asset.id], edit, author="bench", now=now)
        for _ in range(row.get("used", 0)):
            catalog.record_use(asset.id, "opened", "bench", now)
    catalog.close()


def ask_audobon(folder: Path, judged: Rows, *, meaning: bool) -> list[list[str]]:
    """The paths that each query finds, best first; with ``meaning`` their meaning ranks too."""
    from audobon import Library

    found = []
    with Library.open(folder) as library:
        if meaning:
            library.search("meaning:anything")  # asks for what is not known yet
            while any(job.state in ("queued", "running") for job in library.jobs()):
                library.work()
        for row in judged:
            text, typing = row["query"], row["kind"] == "prefix"
            if meaning:
                plain = text.replace('"', "")
                text, typing = f'meaning:"{plain}"', False
            page = library.search(text, limit=DEPTH, typing=typing, loosely=True)
            found.append([hit.asset.path for hit in page.hits])
    return found


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    folder, _, name = row["path"].rpartition("/")
    text = f"{row.get('text', '')} {row.get('seen', '')}"
    return name, " ".join(row.get("tags", ())), folder, row.get("note", ""), text


def ask_fts(rows: Rows, judged: Rows, *, every: bool) -> list[list[str]]:
    """FTS5 with its own bm25; the last word may be begun where a query is still being typed.

    ``every`` word is needed, as FTS5 reads words in a row, or any (``OR``).
    """
    base = sqlite3.connect(":memory:")
    base.execute(
        f"CREATE VIRTUAL TABLE word USING fts5({', '.join(_FIELDS)},"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    base.executemany(
        "INSERT INTO word(rowid, name, tags, folder, note, text) VALUES (?, ?, ?, ?, ?, ?)",
        [(number, *_texts(row)) for number, row in enumerate(rows)],
    )

    def match(row: Mapping[str, Any]) -> str:
        text: str = row["query"]
        if text.startswith('"'):
            return text
        words = ['"' + word.replace('"', "") + '"' for word in text.split()]
        if row["kind"] == "prefix":
            words[-1] += "*"
        return (" " if every else " OR ").join(words)

    sql = "SELECT rowid FROM word WHERE word MATCH ? ORDER BY bm25(word), rowid LIMIT ?"
    return [
        [rows[number]["path"] for (number,) in base.execute(sql, (match(row), DEPTH))]
        for row in judged
    ]


def ask_tantivy(rows: Rows, judged: Rows) -> list[list[str]]:
    """Tantivy's default tokenizer, query parser and BM25 over all fields."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    for field in _FIELDS:
        builder.add_text_field(field)
    index = tantivy.Index(builder.build())
    writer = index.writer(15_000_000, 1)
    for number, row in enumerate(rows):
        document = tantivy.Document()
        document.add_unsigned("number", number)
        for field, text in zip(_FIELDS, _texts(row), strict=True):
            document.add_text(field, text)
        writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()
    found = []
    for row in judged:
        text: str = row["query"]
        query, _ = index.parse_query_lenient(text, list(_FIELDS))
        hits = searcher.search(query, DEPTH).hits
        numbers = [searcher.doc(address)["number"][0] for _, address in hits]
        found.append([rows[number]["path"] for number in numbers])
    return found


Means = dict[str, dict[str, float]]


def scored(judged: Rows, found: Sequence[Sequence[str]]) -> Means:
    """The mean nDCG of each half, over all its queries and by kind."""
    values: dict[str, dict[str, list[float]]] = {half: {} for half in HALVES}
    for row, paths in zip(judged, found, strict=True):
        value = ndcg(paths, row["grades"])
        for name in ("all", row["kind"]):
            values[row["half"]].setdefault(name, []).append(value)
    return {
        half: {name: sum(each) / len(each) for name, each in kinds.items()}
        for half, kinds in values.items()
    }


WAYS: dict[str, Callable[[Path, Rows, Rows], list[list[str]]]] = {
    "Audobon": lambda folder, _rows, judged: ask_audobon(folder, judged, meaning=False),
    "Audobon, meaning": lambda folder, _rows, judged: ask_audobon(folder, judged, meaning=True),
    "FTS5, bm25": lambda _folder, rows, judged: ask_fts(rows, judged, every=True),
    "FTS5, bm25, any word": lambda _folder, rows, judged: ask_fts(rows, judged, every=False),
    "Tantivy, default": lambda _folder, rows, judged: ask_tantivy(rows, judged),
}
