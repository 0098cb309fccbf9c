"""Files that are one thing, shown as one: told by their names, and by what somebody decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audobon.errors import Invalid
from audobon.model.asset import Asset
from audobon.model.bundle import APART, BUNDLE, Bundle, BundlePart
from audobon.model.change import Change, Edit
from audobon.model.textureset import PACKED, ROLES
from audobon.services.core import lookup
from audobon.services.core.stores import Stores
from audobon.services.finding.bundlenames import Member, PartName, leader, part_name
from audobon.storage.catalog.bundles import NamedFile
from audobon.storage.catalog.names import clean_attribute_name

__all__ = ["bring_up", "bundle", "bundles", "put_together", "take_apart"]

_ORDER = (*ROLES, PACKED)


def bring_up(stores: Stores) -> None:
    """Group what was added, moved or changed since the last time, by whichever process.

    A library that is open for reading shows what was grouped before.
    """
    if stores.read_only:
        return
    while stores.catalog.group(_stem, _lead):
        pass


def _stem(file: NamedFile) -> int | None:
    said = _said(file.path, file.kind, file.attributes.get(BUNDLE))
    # A root is a world of its own; somebody's own name holds over all of them.
    return None if said is None else said.key ^ (0 if said.kind == "named" else file.root)


def _said(path: str, kind: str, wish: object) -> PartName | None:
    return part_name(path, kind, wish if isinstance(wish, str) else None)


def _lead(files: Sequence[NamedFile]) -> int:
    members = []
    for file in files:
        said = _said(file.path, file.kind, file.attributes.get(BUNDLE))
        if said is not None:
            members.append(Member(file.key, said, file.width, file.mtime_ns))
    return leader(members)


def bundle(stores: Stores, asset: Asset) -> Bundle | None:
    """See ``Library.bundle``."""
    bring_up(stores)
    lead, assets = stores.catalog.bundle_of(asset.key)
    return _bundle(lead, assets) if lead else None


def bundles(stores: Stores, *, after: str | None, limit: int) -> tuple[Bundle, ...]:
    """See ``Library.bundles``."""
    bring_up(stores)
    start = 0 if after is None else lookup.find(stores, after).key
    leads = stores.catalog.bundle_leads(after=start, limit=limit)
    found = (stores.catalog.bundle_of(key) for key in leads)
    return tuple(made for lead, assets in found if (made := _bundle(lead, assets)) is not None)


def _bundle(lead: int, assets: Sequence[Asset]) -> Bundle | None:
    parts: list[BundlePart] = []
    first: tuple[Asset, PartName] | None = None
    for asset in assets:
        said = _said(asset.path, asset.kind, asset.attributes.get(BUNDLE))
        if said is None:
            continue
        if asset.key == lead:
            first = asset, said
        parts.append(
            BundlePart(
                *(asset, said.role, said.size or _side(asset), said.number),
                channels=said.channels,
                directx=said.directx,
            )
        )
    if first is None:
        return None
    shown, said = first
    kind = said.kind
    if kind == "material" and not any(part.role for part in parts):
        kind = "picture"
    if kind == "versions":
        # The one that is shown first, then by falling numbers.
        parts.sort(key=lambda one: (one.asset.key != lead, -(one.number or 0), one.asset.path))
    else:
        parts.sort(key=_place)
    return Bundle(said.name or shown.name, kind, shown, tuple(parts))


def _place(part: BundlePart) -> tuple[int, int, str]:
    return _ORDER.index(part.role or "color"), part.size, part.asset.path


def _side(asset: Asset) -> int:
    return max(asset.width or 0, asset.height or 0) if asset.kind == "image" else 0


def take_apart(stores: Stores, asset: Asset, *, alone: bool) -> Change:
    """See ``Library.take_apart``."""
    found = bundle(stores, asset)
    if found is None:
        raise Invalid(f"{asset.path} is in no bundle", subject=asset.path)
    ids = [asset.id] if alone else [part.asset.id for part in found.parts]
    what = asset.name if alone else found.name
    return _decide(stores, ids, APART, f"take {what} apart")


def put_together(stores: Stores, assets: Iterable[Asset], name: str | None) -> Change:
    """See ``Library.put_together``."""
    ids = [asset.id for asset in assets]
    if name is None:
        return _decide(stores, ids, None, "put together by names")
    cleaned = clean_attribute_name(name.strip())
    if cleaned == APART:
        raise Invalid(f"a bundle cannot be called {name!r}", subject=name)
    return _decide(stores, ids, cleaned, f"put together {cleaned}")


def _decide(stores: Stores, ids: Sequence[str], wish: str | None, label: str) -> Change:
    stores.need_writable("change a bundle")
    edit = Edit(attributes=((BUNDLE, wish),))
    return stores.catalog.edit(ids, edit, label=label, author=stores.author, now=stores.now())
