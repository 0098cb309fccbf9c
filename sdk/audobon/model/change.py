"""Changes: the undoable steps of a library, and the feed of everything that happened."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["UNSET", "Change", "Edit", "Unset"]


class Unset:
    """The type of :data:`UNSET`: leave this field as it is (None would clear it)."""

    _one: Unset | None = None

    def __new__(cls) -> Unset:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET = Unset()


@frozen(slots=True)
class Change:
    """One entry of the change log.

    ``kind`` is add, update, move, missing, remove, edit, combine (duplicates), relink, merge,
    undo or redo.
    ``assets`` are the ids it touched. ``undoable`` says whether ``undo`` can
    take it back; ``undone`` whether it is taken back now. ``seq`` orders
    changes across all processes. ``time`` is UTC.
    """

    id: int
    seq: int
    kind: str
    label: str
    author: str
    time: datetime
    assets: tuple[str, ...] = ()
    undoable: bool = False
    undone: bool = False


@frozen(slots=True)
class Edit:
    """What one ``edit`` asks for, the same for every asset in it.

    ``attributes`` are ``(name, value)`` pairs; a value of None removes the
    attribute. UNSET leaves a field as it is; a catalog of None takes the
    asset out of its catalog.
    """

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    catalog: str | Unset | None = UNSET
    rating: int | Unset = UNSET
    note: str | Unset = UNSET
    attributes: tuple[tuple[str, object], ...] = ()
