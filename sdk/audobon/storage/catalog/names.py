"""Names that people give: checked, and turned into keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audobon.errors import Invalid
from audobon.storage.catalog.apply import find_tag, forward
from audobon.storage.catalog.log import Draft, Item
from audobon.storage.sqlite import Database
from audobon.system.names import fold

__all__ = [
    "catalog_key",
    "catalog_pair",
    "clean_attribute_name",
    "clean_catalog",
    "clean_set",
    "clean_tag",
    "clean_text",
    "create_tag_row",
    "find_catalog",
    "tag_keys",
]

_LONGEST = 200
# Characters in one name: far more than anyone types, little enough for every panel.

_RESERVED = frozenset(':"')
# The query language gives them a meaning: ``tag:wood``, ``"old wood"``.


def clean_text(text: str, *, what: str) -> str:
    """Text that can be stored; Invalid when it holds half a character (a lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise Invalid(f"the {what} {text!r} is not valid Unicode text", subject=what) from exc
    return text


def _clean_name(name: str, *, what: str, reserved: frozenset[str]) -> str:
    cleaned = clean_text(name, what=what).strip()
    if not cleaned:
        raise Invalid(f"the {what} {name!r} is empty; give it a name", subject=name)
    if len(cleaned) > _LONGEST:
        raise Invalid(f"the {what} {cleaned[:20]!r}... is over {_LONGEST} characters", subject=name)
    for char in cleaned:
        if char in reserved or ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0:
            raise Invalid(
                f"the {what} {name!r} holds {char!r}, which is not allowed in it", subject=name
            )
    return cleaned


def clean_tag(name: str) -> str:
    """A tag's name, trimmed. Invalid when empty, too long or with a reserved character."""
    return _clean_name(name, what="tag", reserved=_RESERVED)


def clean_catalog(path: str) -> str:
    """A catalog's path with each part trimmed. Invalid as for tags, part by part."""
    parts = [_clean_name(part, what="catalog", reserved=_RESERVED) for part in path.split("/")]
    return "/".join(parts)


def clean_set(name: str) -> str:
    """A saved set's name, trimmed. Invalid as for tags."""
    return _clean_name(name, what="set", reserved=_RESERVED)


def clean_attribute_name(name: str) -> str:
    """An attribute's name. Invalid as for tags, and when it has spaces around it."""
    if _clean_name(name, what="attribute", reserved=_RESERVED) != name:
        raise Invalid(f"the attribute {name!r} has spaces around its name", subject=name)
    return name


def create_tag_row(draft: Draft, name: str, parent: int | None = None) -> int:
    """A new tag; the caller has made sure that its name is free."""
    key = _next_key(draft.db, "tag")
    forward(draft, [Item("tag", key, None, {"name": name, "parent": parent})])
    return key


def tag_keys(draft: Draft, names: Iterable[str]) -> list[tuple[int, str]]:
    """Key and name of each tag, through aliases; unknown ones are created."""
    found: dict[int, str] = {}
    for name in names:
        cleaned = clean_tag(name)
        key = find_tag(draft.db, cleaned)
        if key is None:
            key = create_tag_row(draft, cleaned)
        found[key] = draft.db.value("SELECT name FROM tag WHERE key = ?", (key,))
    return list(found.items())


def find_catalog(db: Database, path: str) -> int | None:
    """The key of a catalog, by its path in any case."""
    found = db.value("SELECT key FROM catalog WHERE path_fold = ?", (fold(path),))
    return None if found is None else int(found)


def catalog_key(draft: Draft, path: str) -> int:
    """The key of a catalog; it and its parents are created where they do not exist."""
    parent: int | None = None
    parts: Sequence[str] = clean_catalog(path).split("/")
    for depth, name in enumerate(parts, start=1):
        key = find_catalog(draft.db, "/".join(parts[:depth]))
        if key is None:
            key = _next_key(draft.db, "catalog")
            forward(draft, [Item("catalog", key, None, {"name": name, "parent": parent})])
        parent = key
    assert parent is not None
    return parent


def catalog_pair(draft: Draft, path: str) -> tuple[int, str]:
    """As :func:`catalog_key`, with the path as the catalog writes it."""
    key = catalog_key(draft, path)
    return key, draft.db.value("SELECT path FROM catalog WHERE key = ?", (key,))


def _next_key(db: Database, table: str) -> int:
    # AUTOINCREMENT keeps the highest key ever given out here, deleted rows included.
    last = db.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return (last or 0) + 1
