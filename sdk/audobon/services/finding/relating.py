"""What an asset uses and who uses it: as files say it, and as people recorded it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from attrs import evolve

from audobon.model.asset import Asset, Relationship
from audobon.model.links import Link, Links, UsedBy
from audobon.services.core.stores import Stores
from audobon.services.files.links import current
from audobon.services.finding.newer import newer
from audobon.services.finding.olderones import newer_than, older_than
from audobon.services.finding.resolving import Resolved, naming, resolved
from audobon.system.names import fold

__all__ = ["links_of", "related", "users_of"]

_COPIES = 20
# Files outside of the library that are compared with old versions, by their names.


def related(
    stores: Stores, asset: Asset, *, kind: str | None, transitive: bool, recorded: bool
) -> tuple[Relationship, ...]:
    """See ``Library.related``."""
    read = not recorded and kind in (None, "uses")
    if read:
        current(stores)
    ask = partial(_edges, stores, asset, kind=kind, transitive=transitive, read=read)
    return (*ask(reverse=False), *ask(reverse=True))


def _edges(
    stores: Stores, asset: Asset, *, kind: str | None, reverse: bool, transitive: bool, read: bool
) -> list[Relationship]:
    found: dict[Relationship, Relationship] = {}
    seen, border = {asset.id}, [asset.id]
    while border:
        here: list[Relationship] = []
        for ident in border:
            here += stores.catalog.related(ident, kind=kind, reverse=reverse)
        if read:
            here += _found_edges(stores, border, reverse=reverse)
        for edge in here:
            found.setdefault(edge, edge)
        ends = dict.fromkeys(edge.src if reverse else edge.dst for edge in here)
        border = [ident for ident in ends if ident not in seen] if transitive else []
        seen.update(border)
    return sorted(found.values(), key=lambda edge: (edge.src, edge.kind, edge.dst))


def _found_edges(stores: Stores, ids: Sequence[str], *, reverse: bool) -> list[Relationship]:
    if reverse:
        links = naming(stores, stores.catalog.by_ids(ids))
    else:
        links = resolved(stores, stores.links.of(ids))
    return [
        Relationship(one.holder.id, "uses", one.ident, found=True)
        for one in links
        if one.ident and one.ident != one.holder.id
    ]


def links_of(stores: Stores, asset: Asset) -> Links:
    """See ``Library.links``."""
    unread = current(stores)
    return Links(
        uses=_uses(stores, asset),
        used_by=_used_by(stores, asset),
        unread=unread,
        problem=stores.links.errors([asset.id]).get(asset.id, ""),
    )


def _uses(stores: Stores, asset: Asset) -> tuple[Link, ...]:
    links = resolved(stores, stores.links.of([asset.id]))
    by_hand = [edge.dst for edge in stores.catalog.related(asset.id, kind="uses")]
    ids = list(dict.fromkeys([*(one.ident for one in links if one.ident), *by_hand]))
    assets = {one.id: one for one in stores.catalog.by_ids(ids)}
    later = newer_than(stores, [one for one in assets.values() if one.state == "present"])
    found = [_link(one, assets, later) for one in links]
    told = {one.asset.id for one in found if one.asset is not None}
    for ident in by_hand:
        other = assets[ident]
        if ident not in told and other.state != "removed":
            state = "asset" if other.state == "present" else "missing"
            found.append(Link(other.path, other.file, state, other, later.get(ident), found=False))
    copies = [one.file for one in found if one.state == "outside"][:_COPIES]
    behind = {each.path: each.asset for each in newer(stores, copies)} if copies else {}
    return tuple(evolve(one, newer=one.newer or behind.get(one.file)) for one in found)


def _link(one: Resolved, assets: dict[str, Asset], later: dict[str, Asset]) -> Link:
    path, file = one.link.path, one.place or ""
    asset = assets.get(one.ident)
    if asset is None:
        there = bool(file) and os.path.exists(file)
        return Link(path, file, "outside" if there else "missing")
    if one.moved:
        return Link(path, file, "moved", asset)
    state = "asset" if asset.state == "present" else "missing"
    return Link(path, file, state, asset, later.get(asset.id))


def _used_by(stores: Stores, asset: Asset) -> tuple[UsedBy, ...]:
    older = older_than(stores, asset)
    assets = {one.id: one for one in (asset, *older)}
    found: dict[tuple[str, str], UsedBy] = {}
    for one in naming(stores, list(assets.values())):
        if one.holder.id not in assets:
            old = "" if one.ident == asset.id else assets[one.ident].path
            found.setdefault((one.holder.id, old), UsedBy(one.holder, old))
    for used, users in stores.catalog.users_by_hand(list(assets)).items():
        old = "" if used == asset.id else assets[used].path
        for user in stores.catalog.by_ids(users):
            if user.id not in assets:
                found.setdefault((user.id, old), UsedBy(user, old, found=False))
    for holder, file in _by_copies(stores, asset):
        found.setdefault((holder.id, file), UsedBy(holder, file))
    return tuple(sorted(found.values(), key=lambda one: (one.asset.path, one.older)))


def _by_copies(stores: Stores, asset: Asset) -> list[tuple[Asset, str]]:
    """Who names a file outside of the library that is a copy of an old version."""
    stem, ext = os.path.splitext(fold(asset.name))
    links = [
        link
        for link in (*stores.links.named([fold(asset.name)]), *stores.links.beginning(f"{stem} "))
        if link.name.endswith(ext)
    ]
    outside = [
        (one.holder, one.place)
        for one in resolved(stores, links)
        if not one.ident and one.place is not None and os.path.isfile(one.place)
    ]
    behind = newer(stores, [place for _, place in outside[:_COPIES]]) if outside else ()
    copies = {each.path for each in behind if each.asset.id == asset.id}
    return [(holder, place) for holder, place in outside if place in copies]


def users_of(stores: Stores, ids: Sequence[str]) -> dict[str, tuple[Asset, ...]]:
    """Who uses each of these assets, without those that are among them; by id, if anybody does."""
    current(stores)
    leaving = set(ids)
    found: dict[str, dict[str, Asset]] = {}
    for one in naming(stores, stores.catalog.by_ids(list(leaving))):
        if one.holder.id not in leaving:
            found.setdefault(one.ident, {})[one.holder.id] = one.holder
    for used, users in stores.catalog.users_by_hand(list(leaving)).items():
        for user in stores.catalog.by_ids(users):
            if user.id not in leaving:
                found.setdefault(used, {})[user.id] = user
    return {used: tuple(users.values()) for used, users in found.items()}
