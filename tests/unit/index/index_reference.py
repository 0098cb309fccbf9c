"""What a query must find, in plain Python over a list of documents.

Slow and obvious on purpose: the index is compared with it. It shares only the
token rules with the index, and those have tests of their own.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from audobon.codec.colors import NAMES, cell, cells_named, cells_near, unpack_swatches
from audobon.model.query import (
    And,
    Compare,
    Everything,
    Node,
    Not,
    Or,
    Phrase,
    Signal,
    Term,
    Word,
)
from audobon.storage.index import Document
from audobon.storage.index.tokens import BORDER, MAX_TOKEN, fold_value, split

OPS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MICRO = 1_000_000


def stem_tokens(name: str) -> list[str]:
    tokens = split(name.rpartition(".")[0] or name)
    return tokens if name.isascii() else [t for t in tokens if len(t) > 1 or t.isascii()]


def joined_forms(name: str) -> set[str]:
    tokens = stem_tokens(name)
    runs = [tokens] + [tokens[at : at + many] for many in (2, 3) for at in range(len(tokens))]
    return {"".join(run)[:MAX_TOKEN] for run in runs if len(run) > 1}


def run_on_forms(name: str) -> set[str]:
    tokens = stem_tokens(name)
    return {
        f"{token}{BORDER}{''.join(tokens[at:])[:MAX_TOKEN]}"
        for at, token in enumerate(tokens[:-1], 1)
    }


def runs(document: Document) -> dict[str, list[list[str]]]:
    """The token runs of each place; a phrase lies within one run."""
    folder = f"{document.root}/{document.path.rpartition('/')[0]}"
    name = split(document.name)
    return {
        "name": [name],
        "tags": [split(word) for word in document.words],
        "path": [split(folder) + name],
        "note": [split(document.note)],
        "text": [split(document.text), split(document.attributes)],
        "seen": [split(line) for line in document.seen.splitlines()],
    }


def in_run(run: list[str], tokens: list[str], *, prefix: bool) -> bool:
    *firsts, last = tokens
    for start in range(len(run) - len(tokens) + 1):
        window = run[start : start + len(tokens)]
        if window[:-1] == firsts and (
            window[-1] == last or (prefix and window[-1].startswith(last))
        ):
            return True
    return False


def in_joined(document: Document, tokens: list[str], *, prefix: bool) -> bool:
    word = "".join(tokens)[:64]
    if not prefix:
        return word in joined_forms(document.name)
    stem = document.name.rpartition(".")[0] or document.name
    parts = [token for token in split(stem) if len(token) > 1 or token.isascii()]
    # What ends within the first word is the business of the name itself.
    return len(word) >= 4 and any(
        len(first) < len(word) and "".join(parts[at:]).startswith(word)
        for at, first in enumerate(parts[:-1])
    )


def matches(node: Node, document: Document, now: datetime) -> bool:
    if isinstance(node, Everything):
        return True
    if isinstance(node, And):
        return all(matches(part, document, now) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(part, document, now) for part in node.parts)
    if isinstance(node, Not):
        return not matches(node.part, document, now)
    if isinstance(node, Word | Phrase):
        prefix = isinstance(node, Word) and node.prefix
        tokens = split(node.text)
        if isinstance(node, Word) and in_joined(document, tokens, prefix=prefix):
            return True
        return any(
            in_run(run, tokens, prefix=prefix) for place in runs(document).values() for run in place
        )
    if isinstance(node, Term):
        return term_matches(node, document)
    if isinstance(node, Signal):
        return color_matches(node.value, document)
    assert isinstance(node, Compare)
    return compare_matches(node, document, now)


def term_matches(node: Term, document: Document) -> bool:
    raw: dict[str, tuple[str, ...]] = {
        "tag": document.tags,
        "in": document.catalogs,
        "kind": (document.kind,),
        "ext": (document.ext,),
        "state": (document.state,),
        "format": (document.format,),
    }
    if node.prefix and not node.value:
        if node.field in raw:
            return any(raw[node.field])
        return bool(document.note) if node.field == "note" else True
    if node.field in raw:
        value = fold_value(node.value)
        values = [fold_value(given) for given in raw[node.field] if given]
        return any(v == value or (node.prefix and v.startswith(value)) for v in values)
    tokens = split(node.value)
    if node.field == "name" and in_joined(document, tokens, prefix=node.prefix):
        return True
    return any(in_run(run, tokens, prefix=node.prefix) for run in runs(document)[node.field])


def color_matches(value: str, document: Document) -> bool:
    if value == "?":
        return document.swatches is None
    wanted = cells_named(value) if value in NAMES else cells_near(tuple(bytes.fromhex(value[1:])))
    return any(cell(each.rgb) in wanted for each in unpack_swatches(document.swatches or b""))


def compare_matches(node: Compare, document: Document, now: datetime) -> bool:
    compare = OPS[node.op]
    moment = round(now.timestamp() * MICRO)
    if node.field == "unused":
        # Never used is unused for longer than any age.
        return compare(moment - document.last_used, node.value * MICRO)
    if node.field in ("added", "updated"):
        time = int(getattr(document, node.field))
        if node.absolute:
            return compare(time, node.value * MICRO)
        return compare(moment - time, node.value * MICRO)
    value = getattr(document, node.field)
    if value is None:
        return False
    return compare(value, node.value)


def asks_state(node: Node) -> bool:
    if isinstance(node, And | Or):
        return any(map(asks_state, node.parts))
    if isinstance(node, Not):
        return asks_state(node.part)
    return isinstance(node, Term) and node.field == "state"


def found(node: Node, documents: Iterable[Document], now: datetime) -> list[Document]:
    any_state = asks_state(node)
    return [
        document
        for document in documents
        if (any_state or document.state == "present") and matches(node, document, now)
    ]


def counted(documents: Iterable[Document], facet: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for document in documents:
        if facet == "tag":
            counts.update(document.tags)
        elif facet == "catalog":
            counts.update(document.catalogs)
        else:
            value = str(getattr(document, facet))
            counts.update([value] if value else [])
    return dict(counts)
