"""What worker processes of a library under keys do, and where the keys could be found then."""

from __future__ import annotations

import base64
import json
import os
import random
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from audobon.storage.vault.library import LibraryKeys

_NUMBERS: Final = 32
_PREVIEW_S: Final = 60.0


def forms_of(keys: LibraryKeys) -> dict[str, bytes]:
    """Every way in which a key could be written down."""
    handed = keys.handed()
    spelled = {
        "the key of names": handed["names"],
        "the key of databases": keys.database.reveal().hex(),
        **{f"master key {number}": key for number, key in enumerate(handed["masters"].values())},
    }
    found = {}
    for what, text in spelled.items():
        raw = bytes.fromhex(text)
        found |= {
            what: raw,
            f"{what} in hex": text.encode(),
            f"{what} in capitals": text.upper().encode(),
            f"{what} in base64": base64.b64encode(raw).rstrip(b"="),
            f"{what} in hex of hex": b"raw:".hex().encode() + text.encode().hex().encode(),
        }
    return found


def descendants(pid: int) -> Iterator[int]:
    """The processes that were started from here, and theirs; none where no /proc tells."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parents = [line for line in status.read_text().splitlines() if line[:5] == "PPid:"]
        except OSError:  # it has ended
            continue
        if parents and int(parents[0].split()[1]) == pid:
            child = int(status.parent.name)
            yield child
            yield from descendants(child)


def told_by_processes(secrets: dict[str, bytes], told: dict[str, Any]) -> None:
    """Add what each process tells of itself: its command line and its environment."""
    for pid in descendants(os.getpid()):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            data = line + Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        kind = next((name for name in ("keyedtasks", "workers:main") if name.encode() in line), "")
        told["processes"] = sorted({*told["processes"], kind} - {""})
        told["secrets"] += [what for what, secret in secrets.items() if secret in data]


def under_keys(lib: Any, oak: Path, keys: LibraryKeys, told: dict[str, Any]) -> None:
    """Ask workers for what opens databases of the library, and look for the keys meanwhile."""
    stores, secrets = lib._stores, forms_of(keys)
    told |= {"processes": [], "secrets": []}
    told["near"] = _nearest(stores)
    told["gathered"] = _gathered(stores)
    told["pairs"] = _compared(stores)
    told_by_processes(secrets, told)
    until, picture = time.monotonic() + _PREVIEW_S, None
    while picture is None and time.monotonic() < until:  # by the process of the library
        picture = lib.preview(str(oak), 64)
        told_by_processes(secrets, told)
        time.sleep(0.02)
    told["preview"] = picture is not None
    _wait_for_the_end(lib)
    rows = stores.catalog.db.rows("SELECT * FROM job")
    told["jobs"] = len(rows) > 0
    told["secrets"] += [what for what, one in secrets.items() if one in repr(rows).encode()]


def _wait_for_the_end(lib: Any) -> None:
    """Until no process works in the library: what is compared later would differ by it."""
    until = time.monotonic() + _PREVIEW_S
    while not lib.release_worker() and time.monotonic() < until:
        time.sleep(0.05)
    while any(_runs_jobs(pid) for pid in descendants(os.getpid())) and time.monotonic() < until:
        time.sleep(0.05)


def _runs_jobs(pid: int) -> bool:
    try:
        return b"workers:main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def left_by_workers(top: Path, secrets: dict[str, bytes]) -> list[str]:
    """Which keys lie in a file anywhere below a folder."""
    found = []
    for path in top.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [f"{path}: {what}" for what, secret in secrets.items() if secret in data]
    return found


def _nearest(stores: Any) -> bool:
    """Whether it finds what a look at every vector finds."""
    from audobon.services.pipelines.nearness import nearest_contents

    dice = random.Random(7)
    vectors = {}
    for _ in range(60):
        numbers = [dice.gauss(0, 1) for _ in range(_NUMBERS)]
        length = sum(each * each for each in numbers) ** 0.5
        vectors[dice.randbytes(32)] = [each / length for each in numbers]
    store = stores.vectors("space")
    packed = {name: struct.pack(f"<{_NUMBERS}e", *each) for name, each in vectors.items()}
    store.put(packed)
    asked = next(iter(vectors))

    def product(name: bytes) -> float:
        return sum(a * b for a, b in zip(vectors[name], vectors[asked], strict=True))

    expected = sorted(vectors, key=product, reverse=True)[:5]
    told = nearest_contents(stores, store, packed[asked], 5)
    return [name for name, _ in told.found] == expected and stores.looking.pid is not None


def _gathered(stores: Any) -> int:
    """How many results a worker has read and put into a database."""
    from audobon.services.pipelines.nearness import result_key
    from audobon.services.pipelines.results import note_at

    place, digest = stores.place, "ab" * 32
    key = result_key(digest, "some recipe")
    note = note_at(place.results, key, place.files)
    note.parent.mkdir(parents=True, exist_ok=True)
    place.files.write(note, json.dumps({"values": [0.5] * 4}).encode())
    store = stores.vectors("gathered")
    payload = {
        "store": str(store.path),
        "base": str(place.state),
        "notes": str(place.results),
        "keys": [[key, digest]],
    }
    stores.looking.run("vectors.gather", payload)
    return int(store.count())


def _compared(stores: Any) -> bool:
    """Whether a worker has compared imprints and noted that two of them are near each other."""
    from audobon.inference.pairing import LENGTH
    from audobon.services.previews.imprints import bring_up

    same = bytes(range(LENGTH % 256)) + bytes(LENGTH - LENGTH % 256)
    stores.imprints.put({os.urandom(32): same, os.urandom(32): same})
    bring_up(stores, lambda: False)
    pairs = list(stores.imprints.near())
    return len(pairs) == 1 and stores.imprints.compared() == stores.imprints.last()
