"""Bundles and the exchange of tags, as work that a session does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from audobon.codec.words import counted

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.words import TakenWords
    from audobon.session.doing import Report, Work

__all__ = ["exporting", "importing", "putting_together", "taking_apart"]


def taking_apart(ident: str, *, alone: bool) -> Work:
    """Show the files of an asset's bundle one by one."""

    def work(library: Library, _report: Report) -> str:
        change = library.take_apart(ident, alone=alone)
        return f"{counted(len(change.assets), 'file')} on their own; undo puts them together again"

    return work


def putting_together(idents: Sequence[str], name: str | None) -> Work:
    """Show assets as one, or as their names say."""

    def work(library: Library, _report: Report) -> str:
        change = library.put_together(idents, name)
        return f"{counted(len(change.assets), 'file')} {f'are {name} now' if name else 'as named'}"

    return work


def exporting(path: str) -> Work:
    """Write tags, sets and ratings to a file."""

    def work(library: Library, _report: Report) -> str:
        words = library.export_tags(path)
        tags, assets = counted(len(words.tags), "tag"), counted(len(words.assets), "asset")
        return f"{tags}, {counted(len(words.sets), 'set')} and {assets} written"

    return work


def importing(path: str, note: Callable[[str], None]) -> Work:
    """Take those of another library in."""

    def work(library: Library, _report: Report) -> str:
        taken = library.import_tags(path)
        for line in taken.kept:
            note(line)
        return _told(taken)

    return work


def _told(taken: TakenWords) -> str:
    if taken.change is None:
        text = "Nothing new in that file"
    else:
        new = [(taken.tags, "new tag"), (taken.catalogs, "new catalog"), (taken.sets, "set")]
        parts = [counted(len(names), noun) for names, noun in new if names]
        parts += [f"{counted(taken.assets, 'asset')} marked"] if taken.assets else []
        text = ", ".join(parts)
    if taken.kept:
        text += f"; {len(taken.kept)} stayed as they are here, the log tells which"
    if taken.unknown:
        text += f"; {counted(len(taken.unknown), 'asset')} not in this library"
    return text
