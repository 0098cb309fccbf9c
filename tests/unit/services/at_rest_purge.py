"""A purge in a library under keys: what its search finds before and after, and what stays."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any


def traces(stores: Any, word: str, asset: Any) -> list[str]:
    """Where the search of a purge finds a name, a digest or an id of an asset."""
    from audobon.services.purge.proof import Needles, prove

    digest = bytes.fromhex(asset.digest)
    needles = Needles(words={word.encode(): "name"}, everywhere={digest: "digest"})
    needles.ids[asset.id.encode()] = "id"
    journal: Any = SimpleNamespace(contents=())
    return sorted(
        {trace.where.partition(", object")[0] for trace in prove(stores, journal, needles).traces}
    )


def purged(folder: Path, word: str) -> dict[str, Any]:
    """Purge an asset that has left traces wherever there are any."""
    import audobon
    from audobon.services.core.locking import lock_path

    told: dict[str, Any] = {}
    with audobon.Library.open(folder) as lib:
        stores, place = lib._stores, lib._stores.place
        asset = lib.get(f"{word}.png")
        lock = lock_path(place, asset.id).relative_to(place.state).as_posix()
        log = place.logs / "worker.log"
        log.unlink(missing_ok=True)
        lines = [f"could not decode {word}.png", "something else"]
        place.files.extend(log, lambda _last: lines)
        (place.chunks / "damaged").mkdir(exist_ok=True)
        for number, pack in enumerate((place.chunks / "packs").glob("*.pack")):
            (place.chunks / "damaged" / f"{number}.pack").write_bytes(pack.read_bytes())
        stores.links.close()
        told["before"] = [where.replace(lock, "the lock") for where in traces(stores, word, asset)]
        done = lib.purge([asset])
        told["proof"] = [done.ok, done.proof is not None and list(map(repr, done.proof.traces))]
        told["after"] = traces(stores, word, asset)
        told["log"] = list(place.files.lines(log))
        told["sound"] = [lib.verify().ok, lib.audit.verify().problems == ()]
        told["others"] = lib.search(word.partition("-")[0]).total
    return told
