"""How a question is answered: what is looked through, and what is compared."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Look"]


@frozen(slots=True)
class Look:
    """One part of the way to an answer.

    ``by`` is ``index`` (words, filters and colours), ``like`` or ``meaning``.
    ``way`` is ``terms`` for the index. For a likeness it is ``bits`` (all
    vectors are looked through by their bits, and the best compared), ``all``
    (there are few, each is compared) or ``among`` (only those that the rest of
    the question finds are). ``rows`` there are, and ``compared`` of them in full.
    """

    by: str
    way: str
    rows: int
    compared: int
