"""The index's schema: what ``encoding`` makes of a document, and queries ask of it."""

from __future__ import annotations

from functools import lru_cache

import tantivy

from audobon.storage.index.tokens import TOKENS_VERSION

__all__ = [
    "BETWEEN",
    "FACET_FIELDS",
    "LABEL",
    "MARK_KEY",
    "SCHEMA",
    "SCHEMA_TAG",
    "TOGETHER",
    "apart",
    "mark_document",
    "open_index",
    "rated",
    "rated_from",
]

SCHEMA_VERSION = 9

MARK_KEY = -1
"""The key of the one document that carries the high-water mark; assets have positive keys."""

LABEL = "\x1f"
"""Between the folded and the given form of a label; a control character no tag can hold."""

FACET_FIELDS = {
    "kind": "kind",
    "ext": "ext",
    "format": "format",
    "rating": "rating",
    "tag": "tag_label",
    "catalog": "catalog_label",
}

TOGETHER = ("kind", "ext", "format", "rating")
"""Facets of which each asset has one value at most. All four stand in one column, ``facts``: what
counts them looks at each match once, and there are hardly more of these than of extensions."""
_COLUMN = "column"
"""The tokenizer of a field that is a column alone: the whole value there, and no term beside it."""
BETWEEN = "\x00"
"""Between the values of ``facts``; no file has it in its name."""


_TEXTS = ("name", "tags", "path", "note", "text", "seen")
_NUMBERS = ("rating", "width", "height", "size", "added", "updated", "used", "last_used")


def _build() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Signed on purpose: deleting by a term of an unsigned field silently deletes nothing.
    builder.add_integer_field("key", indexed=True, fast=True)
    builder.add_integer_field("mark", fast=True)
    builder.add_float_field("weight", fast=True)
    for name in _NUMBERS:  # asked for by ranges, which are looked for in columns
        builder.add_integer_field(name, fast=True)
    for name in _TEXTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("joined", "run_on", "every", "both"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    # What is only sorted by or counted is not asked for: as terms the names to sort by, one for
    # each asset, were a quarter of what the engine does with a document.
    for name in ("sort_name", "facts"):
        builder.add_text_field(name, fast=True, tokenizer_name=_COLUMN, index_option="basic")
    for name in ("ext", "format", "tag_label", "catalog_label"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "tag", "catalog", "state", "has", "color"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _build()
_WHOLE = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).build()
_NOTHING = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    .filter(tantivy.Filter.remove_long(1))  # all but the empty value, which no document has
    .build()
)
# "tantivy v0.27.0, index_format v7"; the stubs leave it out.
_ENGINE = str(tantivy.__version__)  # type: ignore[attr-defined]
SCHEMA_TAG = f"s{SCHEMA_VERSION}-t{TOKENS_VERSION}-{_ENGINE.rpartition(' ')[2]}"
"""Part of the folder's name: an index of another schema, tokenizer or format is not even opened."""


def open_index(path: str | None = None) -> tantivy.Index:
    """The index in a folder, made there where there is none, or a new one in memory."""
    index = tantivy.Index(SCHEMA) if path is None else tantivy.Index(SCHEMA, path=path)
    # Tokenizers are no part of what lies on the disk, and a column's are apart from a term's.
    index.register_tokenizer(_COLUMN, _NOTHING)
    index.register_fast_field_tokenizer(_COLUMN, _WHOLE)
    # Readers reload when a search sees a new meta.json; a watcher thread per library is not needed.
    index.config_reader("manual", 0)
    return index


def rated(rating: int) -> str:
    """The term in ``has`` of a rating: there are six, and a column is gone through document by
    document."""
    return f"rating {rating}"


def rated_from(rating: int) -> str:
    """The term in ``has`` of this rating and all above it: one term is half the work of five."""
    return f"rating {rating}+"


@lru_cache(maxsize=8192)
def apart(facts: str) -> tuple[str, ...]:
    """The values of ``TOGETHER`` in the column ``facts``; an empty one where there is none."""
    return tuple(facts.split(BETWEEN))


def mark_document(seq: int) -> tantivy.Document:
    """The sentinel: everything up to ``seq`` is in the index that holds it."""
    out = tantivy.Document()
    out.add_integer("key", MARK_KEY)
    out.add_integer("mark", seq)
    return out
