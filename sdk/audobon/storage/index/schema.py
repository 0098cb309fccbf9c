"""The index's schema, and how a document becomes one of Tantivy's."""

from __future__ import annotations

import math
from functools import lru_cache

import tantivy

from audobon.storage.index.colors import color_words
from audobon.storage.index.feed import Document
from audobon.storage.index.tokens import (
    TOKENS_VERSION,
    fold_value,
    name_texts,
    sort_form,
    split,
)

__all__ = [
    "FACET_FIELDS",
    "LABEL",
    "MARK_KEY",
    "SCHEMA",
    "SCHEMA_TAG",
    "TOGETHER",
    "apart",
    "mark_document",
    "open_index",
    "to_engine",
]

SCHEMA_VERSION = 7

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
_BETWEEN = "\x00"  # no file has it in its name

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
    for name in ("joined", "run_on"):
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


@lru_cache(maxsize=4096)  # a library has thousands of tags, each on many assets
def _label(value: str) -> tuple[str, str]:
    folded = fold_value(value)
    return folded, f"{folded}{LABEL}{value}"


@lru_cache(maxsize=4096)
def _words(value: str) -> str:
    return " ".join(split(value))


def _weight(document: Document, tokens: int) -> float:
    """What the engine multiplies a score by, as log2(2 + weight): between 1 and 1.25.

    A short name is the more exact hit (up to 10 %), then what stands for
    itself or is the colour of a material, and no other map (8 %), then what is
    used often (up to 5 %), then what came last (up to 2 %). All of it together
    is less than the step between two places of a match. It depends on nothing but the
    document, so a score is the same in the main index and in the tail.
    """
    brevity = 0.10 / max(tokens, 1)
    usage = 0.05 * min(math.log2(1 + max(document.used, 0)) / 10, 1.0)
    recency = 0.02 * document.key / (document.key + 131_072)
    whole = 0.0 if document.minor else 0.08
    return float(2.0 ** (1.0 + brevity + whole + usage + recency) - 2.0)


def to_engine(document: Document) -> tantivy.Document:
    """The document with every field in the form that the schema above indexes."""
    out = tantivy.Document()
    name, count, joined, run_on = name_texts(document.name)
    out.add_integer("key", document.key)
    out.add_float("weight", _weight(document, count))
    out.add_integer("rating", document.rating)
    out.add_integer("width", document.width or 0)
    out.add_integer("height", document.height or 0)
    out.add_integer("size", document.size)
    out.add_integer("added", document.added)
    out.add_integer("updated", document.updated)
    out.add_integer("used", document.used)
    out.add_integer("last_used", document.last_used)
    out.add_text("sort_name", sort_form(document.name, document.key))
    out.add_text("name", name)
    if joined:
        out.add_text("joined", joined)
        out.add_text("run_on", run_on)
    folder = document.path.rpartition("/")[0]
    out.add_text("path", f"{_words(f'{document.root}/{folder}')} {name}")
    facts = []
    for field in ("kind", "ext", "format", "state"):
        value = getattr(document, field)
        folded = _label(value)[0] if value else ""
        if folded:
            out.add_text(field, folded)
        facts.append(folded)
    facts[3] = str(document.rating)  # a state is asked for, not counted
    out.add_text("facts", _BETWEEN.join(facts))
    for word in color_words(document.swatches):
        out.add_text("color", word)
    _add_labels(out, document)
    if document.bundle:
        out.add_text("has", "bundle")
        out.add_text("has", document.bundle)
    _add_texts(out, document)
    return out


@lru_cache(maxsize=8192)
def apart(facts: str) -> tuple[str, ...]:
    """The values of ``TOGETHER`` in the column ``facts``; an empty one where there is none."""
    return tuple(facts.split(_BETWEEN))


def _add_labels(out: tantivy.Document, document: Document) -> None:
    for field, values in (("tag", document.tags), ("catalog", document.catalogs)):
        for value in values:
            folded, label = _label(value)
            out.add_text(field, folded)
            out.add_text(f"{field}_label", label)
        if values:
            out.add_text("has", field)


def _add_texts(out: tantivy.Document, document: Document) -> None:
    # Values are added one by one: the engine leaves a gap, so that a phrase never crosses.
    for value in document.words:
        out.add_text("tags", _words(value))
    for value in (document.text, document.attributes, *document.parts):
        if value:
            out.add_text("text", " ".join(split(value)))
    if document.seen:
        for line in document.seen.splitlines():
            out.add_text("seen", " ".join(split(line)))
    if document.note:
        out.add_text("note", " ".join(split(document.note)))
        out.add_text("has", "note")


def mark_document(seq: int) -> tantivy.Document:
    """The sentinel: everything up to ``seq`` is in the index that holds it."""
    out = tantivy.Document()
    out.add_integer("key", MARK_KEY)
    out.add_integer("mark", seq)
    return out
