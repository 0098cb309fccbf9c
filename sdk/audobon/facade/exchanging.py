"""Calls that carry tags and sets from one library to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.facade.base import Base

if TYPE_CHECKING:
    from audobon.model.words import TakenWords, Words

__all__ = ["ExchangeCalls"]


class ExchangeCalls(Base):
    """Words as a file."""

    def export_tags(self, to: str | os.PathLike[str], *, assets: bool = True) -> Words:
        """Write tags, catalogs, sets, and what assets are marked with, to a JSON file.

        It appears whole or not at all, in place of one that is there. Without
        ``assets`` only the words themselves are written. What stands in it is
        told in ``docs/exchange.md``.
        """
        from audobon.services.vocabulary.exchange import export_words

        return export_words(self._stores, Path(to), assets=assets)

    def import_tags(self, source: str | os.PathLike[str], *, prefer: str = "mine") -> TakenWords:
        """Take in what :meth:`export_tags` of another library wrote, as one undoable change.

        New tags, aliases, catalogs and sets come in; assets with the same
        bytes get the tags, and the rating where they have none. Where both
        libraries say different things, this one's stays and ``kept`` tells of
        it; ``prefer="theirs"`` takes the file's. BadFile and NewerFormat leave
        everything as it was.
        """
        from audobon.services.vocabulary.exchange import import_words

        return import_words(self._stores, Path(source), prefer=prefer)
