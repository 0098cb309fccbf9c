"""Which bytes the history asks for that the chunk store does not have."""

from __future__ import annotations

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.services.core.stores import Stores
from audobon.services.places.ondemand import at_remotes

__all__ = ["lacking"]

_ASSETS = b".audobon/assets"
_ALL = 10_000_000  # versions; more than anybody makes
_BATCH = 10_000
# Digests asked for together: some megabytes of manifests are held meanwhile.


def lacking(stores: Stores) -> dict[str, Manifest]:
    """For each digest that a version names and that is nowhere, the newest manifest that does.

    What the store lacks and a remote had when it was last asked is not lost.

    Every version counts, not only the newest. Costs in proportion to all
    changes ever made. Corrupt when the history cannot be read.
    """
    history = stores.history
    if history.head() is None:
        return {}
    found: dict[str, Manifest] = {}
    waiting: dict[str, Manifest] = {}
    for version in history.log(limit=_ALL):
        parent = version.parents[0] if version.parents else None
        for change in history.changed(parent, version.id, prefix=_ASSETS):
            if change.new is not None:
                manifest = parse_manifest(history.blob(change.new))
                if manifest.state == "present":
                    waiting.setdefault(manifest.digest, manifest)
        if len(waiting) >= _BATCH:
            _sift(stores, waiting, found)
    _sift(stores, waiting, found)
    for digest in at_remotes(stores, found):
        del found[digest]
    return found


def _sift(stores: Stores, waiting: dict[str, Manifest], found: dict[str, Manifest]) -> None:
    for digest in stores.chunks.missing(waiting):
        found.setdefault(digest, waiting[digest])
    waiting.clear()
