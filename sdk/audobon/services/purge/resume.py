"""Whether a name is of an asset that a purge was about to remove when it was cut off."""

from __future__ import annotations

import os

from audobon.model.asset import Asset
from audobon.services.core.purges import read_journal
from audobon.services.core.stores import Stores

__all__ = ["left_over"]


def left_over(stores: Stores, ref: str | os.PathLike[str] | Asset) -> bool:
    """Then the catalog need not know it any more: the note of the purge does."""
    journal = read_journal(stores.place)
    if journal is None:
        return False
    if isinstance(ref, Asset):
        return ref.id in journal.ids
    text = os.fspath(ref)
    named = {*journal.ids, *journal.shown, *journal.files}
    named |= {shown.partition("/")[2] for shown in journal.shown}
    return text in named
