"""Write the difference of two versions as one HTML file of bounded size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from audobon.codec.words import counted
from audobon.errors import AudobonError, Cancelled
from audobon.model.details import AssetDetails, Pictures
from audobon.model.version import WORKING, Diff, DiffEntry, FieldChange
from audobon.pages import diffpage
from audobon.pages.diffstyle import STYLE
from audobon.pages.look import document, safe
from audobon.pages.words import parts_summary, share
from audobon.services.core.stores import Stores
from audobon.services.diffs.details import Cancel, details
from audobon.services.versioning.versions import log
from audobon.system.files import translate_os_error, write_atomic

if TYPE_CHECKING:
    from audobon.services.files.ingest import Progress

__all__ = ["page_parts", "write_page"]

_FEW, _LARGE, _SMALL = 24, 512, 192
# Pixels of the pictures of up to 24 assets (about 3 MB of page), and of more: 200 are 5 MB.
_LOOKED_INTO = 200
# Assets beyond are listed with their fields only: nobody reads on, and each takes time.
_LISTED = 2000
_MOST_BYTES = 16 << 20
# All pictures together: larger pages open slowly and cannot be mailed.
_ID = re.compile(r"\b[0-9a-f]{32}\b")


def write_page(
    stores: Stores, diff: Diff, to: Path, *, progress: Progress | None, cancel: Cancel
) -> Path:
    """See ``Library.diff_page``."""
    title = f"Changes in {stores.place.name}"
    body = f"<h1>{safe(title)}</h1>" + "".join(
        page_parts(stores, diff, progress=progress, cancel=cancel)
    )
    try:
        text = document(title, body, style=STYLE).encode("utf-8")
        write_atomic(to, text, mode=0o644)
    except OSError as error:
        raise translate_os_error(error, to) from error
    return to


def page_parts(
    stores: Stores, diff: Diff, *, progress: Progress | None = None, cancel: Cancel
) -> Iterator[str]:
    """The page's HTML: the overview, then a section for each asset."""
    listed = diff.entries[:_LISTED]
    size = _LARGE if len(listed) <= _FEW else _SMALL
    within = attrs.evolve(diff, entries=listed[:_LOOKED_INTO])
    sections, shares, room = [], [], _MOST_BYTES
    for number, found in enumerate(details(stores, within, size=size, cancel=cancel), start=1):
        if cancel():
            raise Cancelled("the page is cancelled")
        if progress is not None:
            progress(number, len(within.entries), found.entry.path)
        room -= _bytes_of(found.pictures)
        left_out = "" if room >= 0 else "Its pictures are left out: the page would be too large."
        sections.append(diffpage.asset(number, _readable(stores, found), left_out=left_out))
        shares.append(_share(found))
    for number, entry in enumerate(listed[_LOOKED_INTO:], start=len(sections) + 1):
        plain = _readable(stores, AssetDetails(entry))
        sections.append(diffpage.asset(number, plain, left_out=_NOT_LOOKED))
        shares.append("")
    yield diffpage.overview(_sides(stores, diff), listed, shares)
    yield from (f"<p>{safe(note)}</p>" for note in _limits(diff, size))
    yield from sections


_NOT_LOOKED = "It was not looked into: the page has too many assets."


def _limits(diff: Diff, size: int) -> Iterator[str]:
    """What the page leaves out because there is so much."""
    count = len(diff.entries)
    if size != _LARGE:
        yield f"Pictures are {size} pixels small, since more than {_FEW} assets changed."
    if count > _LOOKED_INTO:
        yield f"The first {_LOOKED_INTO} are looked into, of the rest the fields are shown."
    if count > _LISTED:
        yield f"{counted(count - _LISTED, 'more asset')} changed; 'audobon diff' lists them all."


def _bytes_of(pictures: Pictures) -> int:
    made = (pictures.before, pictures.after, pictures.difference)
    return sum(len(data) for data in made if data is not None)


def _share(found: AssetDetails) -> str:
    if found.picture is not None:
        return share(found.picture)
    fields = len(found.entry.fields)
    if fields and not found.entry.content_changed:
        return counted(fields, "field")
    return parts_summary(found) or ("not compared" if found.problems else "")


def _sides(stores: Stores, diff: Diff) -> Sequence[tuple[str, str]]:
    return (("from", _version(stores, diff.a)), ("to", _version(stores, diff.b)))


def _version(stores: Stores, revision: str) -> str:
    if revision == WORKING:
        return "the library as it is now"
    try:
        version = log(stores, None, limit=1, revision=revision)[0]
    except (AudobonError, IndexError):
        return revision[:10]
    moment = version.time.strftime("%Y-%m-%d %H:%M UTC")
    subject = version.message.strip().partition("\n")[0][:120]
    return ": ".join(filter(None, (f"{revision[:10]}, {moment}", subject)))


def _readable(stores: Stores, found: AssetDetails) -> AssetDetails:
    """The same with other assets named by their paths, not their ids."""

    def name(match: re.Match[str]) -> str:
        asset = stores.catalog.get(match[0])
        return asset.path if asset is not None else match[0]

    def change(item: FieldChange) -> FieldChange:
        return FieldChange(item.name, _ID.sub(name, item.before), _ID.sub(name, item.after))

    entry: DiffEntry = found.entry
    if not any(_ID.search(item.before + item.after) for item in entry.fields):
        return found
    fields = tuple(map(change, entry.fields))
    return attrs.evolve(found, entry=attrs.evolve(entry, fields=fields))
