"""What a shell offers behind a verb: files, names of assets, tags, catalogs, sets, versions.

Called while somebody types, so a library that cannot be opened offers nothing
and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import click
from click.shell_completion import CompletionItem

from audobon.cli.base import library_folder
from audobon.errors import AudobonError
from audobon.library import Library

__all__ = ["assets", "branches", "catalogs", "query", "revisions", "sets", "tags"]

_MOST = 50  # more than a screen of them helps nobody
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@contextmanager
def _library(ctx: click.Context) -> Iterator[Library]:
    with Library.open(library_folder(ctx.params.get("library")), read_only=True) as library:
        yield library


def _offer(name: str, names: Callable[[Library, str], Iterable[str]]) -> Completer:
    def complete(ctx: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
        with suppress(AudobonError, OSError), _library(ctx) as library:
            return [CompletionItem(text) for text in names(library, start) if text.isprintable()]
        return []

    complete.__name__ = name
    return complete


def _beginning(texts: Iterable[str], start: str) -> list[str]:
    return [text for text in texts if text.casefold().startswith(start.casefold())][:_MOST]


def _words(library: Library, start: str) -> Iterable[str]:
    return library.complete(start, limit=_MOST) if start.isalnum() else ()


def assets(ctx: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
    """Paths of assets in their roots that begin so, where no file of the current folder does."""
    here = CompletionItem(start, type="file")
    found = _asset_paths(ctx, param, start) if start else []
    return found or [here]


def _paths(library: Library, start: str) -> Iterable[str]:
    text = f'path:"{start.rstrip("/")}"*'
    hits = library.search(text, limit=_MOST).hits if start[-1].isalnum() else ()
    return sorted(hit.asset.path for hit in hits if hit.asset.path.startswith(start))


_asset_paths = _offer("asset_paths", _paths)
query = _offer("query", _words)
tags = _offer("tags", lambda lib, start: _beginning((row.name for row in lib.tags.list()), start))
catalogs = _offer(
    "catalogs", lambda lib, start: _beginning((row.path for row in lib.catalogs.list()), start)
)
sets = _offer("sets", lambda lib, start: _beginning((row.name for row in lib.sets.list()), start))
branches = _offer(
    "branches", lambda lib, start: _beginning((one.name for one in lib.branches()), start)
)
revisions = _offer(
    "revisions",
    lambda lib, start: _beginning(
        ("HEAD", "WORKING", *(version.id[:10] for version in lib.log(limit=_MOST))), start
    ),
)
