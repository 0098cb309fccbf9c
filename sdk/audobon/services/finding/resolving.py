"""From the names of files that stand in files to the assets that they mean."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError, Invalid
from audobon.model.asset import Asset
from audobon.services.core.stores import Stores
from audobon.services.files.linkplaces import meant, place_of, tile_names, tiles_of
from audobon.storage.links import Named
from audobon.system.names import text_path

__all__ = ["Resolved", "ids_at", "lead", "naming", "resolved"]

_AT_ONCE = 5_000


@frozen(slots=True)
class Resolved:
    """A name in the file of ``holder``: where it leads, and to which asset (empty for none).

    ``moved`` says that nothing lies at ``place`` any more, and the asset that did lies elsewhere.
    """

    link: Named
    holder: Asset
    place: str | None
    ident: str = ""
    moved: bool = False


def resolved(stores: Stores, links: Sequence[Named]) -> list[Resolved]:
    """What each of these means now, in their order; a name of many tiles comes once for each.

    Links of assets that are not in the library are left out.
    """
    holders = {
        asset.id: asset
        for asset in stores.catalog.by_ids(list(dict.fromkeys(link.asset for link in links)))
        if asset.state != "removed"
    }
    asked: list[tuple[Named, Asset, str | None, tuple[str, ...]]] = []
    for link in links:
        holder = holders.get(link.asset)
        path = None if holder is None else meant(link.path, holder.format)
        if holder is not None and path is not None:
            place = place_of(path, holder.file)
            asked.append((link, holder, place, () if place is None else tiles_of(place)))
    ids = ids_at(stores, (place for *_, places in asked for place in places))
    found: list[Resolved] = []
    for link, holder, place, places in asked:
        here = [(each, ids[each]) for each in places if each in ids]
        if here:
            found += [Resolved(link, holder, each, ident) for each, ident in here]
        else:
            found.append(Resolved(link, holder, place))
    return _with_moved(stores, found)


def _with_moved(stores: Stores, found: list[Resolved]) -> list[Resolved]:
    lost = {one.link.target for one in found if not one.ident and one.link.target}
    elsewhere = {one.id for one in stores.catalog.by_ids(sorted(lost)) if one.state == "present"}
    return [
        Resolved(one.link, one.holder, one.place, one.link.target, moved=True)
        if not one.ident
        and one.link.target in elsewhere
        and (one.place is None or not os.path.lexists(one.place))
        else one
        for one in found
    ]


def ids_at(stores: Stores, places: Iterable[str]) -> dict[str, str]:
    """The ids of the assets whose files lie at these absolute places, for those that are one."""
    roots = [(root.key, root.folder.rstrip("/") + "/") for root in stores.roots()]
    pairs: dict[tuple[int, str], list[str]] = {}
    for place in dict.fromkeys(places):
        try:
            text = text_path(place)
        except Invalid:
            continue
        for key, folder in roots:
            if text.startswith(folder):
                pairs.setdefault((key, text[len(folder) :]), []).append(place)
    asked = list(pairs)
    found: dict[str, str] = {}
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        for pair, ident in stores.catalog.at_places(part).items():
            found.update((place, ident) for place in pairs[pair])
    # A disk that takes "Wood.PNG" for "wood.png" says so itself.
    left = [
        pair for pair in asked if pairs[pair][0] not in found and os.path.exists(pairs[pair][0])
    ]
    alike = stores.catalog.at_places(left, any_case=True)
    files = {asset.id: asset.file for asset in stores.catalog.by_ids(list(alike.values()))}
    for pair, ident in alike.items():
        for place in pairs[pair]:
            with contextlib.suppress(OSError):
                if Path(place).samefile(files[ident]):
                    found[place] = ident
    return found


def naming(stores: Stores, assets: Sequence[Asset]) -> list[Resolved]:
    """Whatever names one of these assets, or named it before it was moved."""
    names = {name for asset in assets for name in tile_names(asset.name)}
    ids = {asset.id for asset in assets}
    links = {
        (link.asset, link.no): link
        for link in (*stores.links.named(sorted(names)), *stores.links.led_to(sorted(ids)))
    }
    return [one for one in resolved(stores, list(links.values())) if one.ident in ids]


def lead(stores: Stores, assets: Sequence[Asset]) -> None:
    """Note which assets the names in these files mean, and who means these assets.

    So that one which is moved later is known to be the same. What cannot be noted is left.
    """
    if stores.read_only or not assets or not stores.links.path.exists():
        return
    names = {name for asset in assets for name in tile_names(asset.name)}
    links = {
        (link.asset, link.no): link
        for link in (
            *stores.links.of([asset.id for asset in assets]),
            *stores.links.named(sorted(names)),
        )
    }
    news = [
        (one.link.asset, one.link.no, one.ident)
        for one in resolved(stores, list(links.values()))
        if one.ident and one.ident != one.link.target and len(tiles_of(one.link.path)) == 1
    ]
    if news:
        with contextlib.suppress(AudobonError):
            stores.links.lead(news)
