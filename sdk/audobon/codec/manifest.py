"""The JSON manifests of the history: one per asset, one for the library.

They are what a rebuilt catalog comes from, what ``diff`` compares and what a
person sees with plain git: sorted keys, two spaces, one field a line, a final
newline, so that two versions differ in exactly the lines that changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt, NewerFormat
from audobon.model.asset import Asset, AttributeValue
from audobon.model.suggestion import Decision

__all__ = [
    "FORMAT",
    "Manifest",
    "asset_manifest",
    "dump_library",
    "dump_manifest",
    "is_inside",
    "is_root_name",
    "parse_library",
    "parse_manifest",
]

FORMAT = 1
"""Version of both manifest forms; a reader refuses a higher one."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_DIGEST = re.compile(r"([0-9a-f]{64})?")
_NO_NAMES = frozenset(("", ".", "..", ".audobon", ".git", "git~1"))
"""What leads out of a root, or to where programs look for settings and hooks of their own."""


@frozen(slots=True)
class Manifest:
    """What history keeps of an asset. ``facts`` are the attributes, ``uses`` outgoing edges."""

    id: str
    root: str
    path: str
    state: str
    kind: str
    format: str
    size: int
    digest: str
    added: datetime
    width: int | None = None
    height: int | None = None
    rating: int = 0
    catalog: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    text: str = ""
    attributes: Mapping[str, AttributeValue] = field(factory=dict)
    relationships: tuple[tuple[str, str], ...] = ()
    """``(kind, id of the other asset)`` pairs, sorted."""
    decisions: tuple[Decision, ...] = ()
    """What was said to suggested tags, one for each tag, by its name."""


def asset_manifest(
    asset: Asset,
    relationships: tuple[tuple[str, str], ...] = (),
    decisions: tuple[Decision, ...] = (),
) -> Manifest:
    """The manifest of an asset as the catalog knows it now."""
    return Manifest(
        id=asset.id,
        root=asset.root,
        path=asset.path,
        # That its file is only at a remote just now is no news for others: it is there.
        state="present" if asset.state == "remote" else asset.state,
        kind=asset.kind,
        format=asset.format,
        size=asset.size,
        digest=asset.digest,
        added=asset.added,
        width=asset.width,
        height=asset.height,
        rating=asset.rating,
        catalog=asset.catalog,
        tags=tuple(sorted(asset.tags)),
        note=asset.note,
        text=asset.text,
        attributes=dict(asset.attributes),
        relationships=tuple(sorted(relationships)),
        decisions=decisions,
    )


def _dump(data: Mapping[str, object]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _load(data: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(data)
        form = value["format_version"]
        later = form > FORMAT
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Corrupt(f"{what} is not readable: {error}", subject=what) from error
    if later:
        raise NewerFormat(
            f"{what} has format {form}; this version reads up to {FORMAT}",
            subject=what,
            hint="update Audobon",
        )
    return dict(value)


def dump_manifest(manifest: Manifest) -> bytes:
    """The committed bytes of a manifest; equal manifests give equal bytes."""
    data = {
        name: value
        for name, value in to_plain(manifest).items()
        if value not in (None, "", [], {}) or name in ("digest", "size")
    }
    data["format_version"] = FORMAT
    return _dump(data)


def parse_manifest(data: bytes) -> Manifest:
    """Inverse of :func:`dump_manifest`; unknown fields are ignored. Corrupt or NewerFormat.

    A history may come from anywhere, and files are written where manifests say: one whose path
    leaves its root, or leads into a library's own folder, is Corrupt.
    """
    raw = _load(data, "an asset manifest")
    try:
        manifest = from_plain(raw, Manifest)
    except (ValueError, RecursionError) as error:
        raise Corrupt(f"an asset manifest is not readable: {error}") from error
    if not is_inside(manifest.path) or not is_root_name(manifest.root):
        where = f"{manifest.root}/{manifest.path}"[:200]
        raise Corrupt(
            f"an asset manifest names {where!r}, which is no path within a root",
            subject=manifest.path,
            hint="the history was not written by Audobon; do not trust where it comes from",
        )
    if not _ID.fullmatch(manifest.id) or not _DIGEST.fullmatch(manifest.digest):
        raise Corrupt("an asset manifest has an id or a digest that is none", subject=manifest.path)
    return manifest


def is_inside(path: str) -> bool:
    """Whether a stored path names a file below its root, and none of a library's or git's own."""
    return "\0" not in path and _NO_NAMES.isdisjoint(path.casefold().split("/"))


def dump_library(vocabulary: Mapping[str, object]) -> bytes:
    """The committed bytes of the library's own manifest (tags, catalogs, sets, roots, rules)."""
    return _dump({**to_plain(vocabulary), "format_version": FORMAT})


def parse_library(data: bytes) -> dict[str, object]:
    """Inverse of :func:`dump_library`. Corrupt or NewerFormat."""
    raw = _load(data, "the library manifest")
    del raw["format_version"]
    return raw


def is_root_name(name: str) -> bool:
    """Whether a root may be called so: one folder's name, on Windows too."""
    return is_inside(name) and not any(char in name for char in "/\\:")
