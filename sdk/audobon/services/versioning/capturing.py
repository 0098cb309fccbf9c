"""The whole library as it is now, taken down in its own stores: what a snapshot is made of.

Bytes that no version has, the catalog by SQLite's online backup and the few
files of settings go into the chunk store, where what they share with earlier
ones is shared; a hidden version names them all. Nothing leaves the machine here.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from audobon.errors import Corrupt, Invalid
from audobon.model.snapshot import Snapshot, SnapshotFile
from audobon.services.core.place import Place, settings_text
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import author_of
from audobon.services.versioning.journal import carry_on
from audobon.services.versioning.versions import commit_aside
from audobon.storage.history import TreeChange, pointer
from audobon.storage.sqlite import in_clear
from audobon.system.files import free_name, sweep_leftovers

__all__ = [
    "REFS",
    "capture",
    "clean_reason",
    "clean_tags",
    "read_settings_files",
    "release",
    "write_settings_files",
]

REFS = "refs/audobon/snapshots/"
"""Hold what a snapshot is made of while it is sent, and that of the newest one until the next."""

_CATALOG = b".audobon/snapshot/catalog.db"
_SETTINGS = b".audobon/snapshot/settings.json"
_NAMED = "library.toml"
_FILES = (
    *(_NAMED, "merge.json", "moving.json"),
    *("recovery.json", "remotes.json", "snapshots.json"),
)
# What of a library's state is neither a store nor derived.
_SETTINGS_LIMIT = 16 << 20


def capture(
    stores: Stores,
    *,
    reason: str,
    tags: tuple[str, ...],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Snapshot:
    """Take everything down under a ref of its own; the branch does not move."""
    stores.need_writable("make a snapshot")
    with stores.commit_lock():
        carry_on(stores, back=True)
        unseen = refresh(stores, cancel=cancel, heavy_later=True, away_stays=True).left_out
        made = _capture(stores, uuid.uuid4().hex[:12], reason, tags, progress, cancel)
    skipped = dict.fromkeys((*(path for path, _ in unseen), *made.skipped))
    return attrs.evolve(made, skipped=tuple(skipped))


def _capture(
    stores: Stores,
    ident: str,
    reason: str,
    tags: tuple[str, ...],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Snapshot:
    history, now, ref = stores.history, stores.now(), REFS + ident
    with Contents(stores) as contents:
        draft, version = commit_aside(
            *(stores, contents, ref, reason or "Snapshot"),
            time=now,
            progress=progress,
            cancel=cancel,
        )
        catalog, settings = _own_files(stores, contents)
        contents.flush()
    whole = history.commit(
        [
            TreeChange(_CATALOG, pointer(catalog.digest, catalog.size)),
            TreeChange(_SETTINGS, pointer(settings.digest, settings.size)),
        ],
        message="Catalog and settings of the snapshot",
        author=author_of(stores.author),
        time=now,
        expected=version,
        ref=ref,
    ).id
    counts = stores.catalog.stats()
    refs = {name: id for name, id in history.refs().items() if not name.startswith(REFS)}
    return Snapshot(
        id=ident,
        time=now,
        library=stores.place.id,
        name=stores.place.name,
        author=stores.author,
        version=version,
        whole=whole,
        branch=history.current_branch(),
        refs=refs,
        catalog=catalog,
        settings=settings,
        files=counts.present,
        bytes=counts.size,
        reason=reason,
        tags=tags,
        skipped=tuple(path for path, _ in draft.skipped),
        unread=tuple(draft.unread),
        shallow=tuple(sorted(history.shallow())),
    )


def release(stores: Stores, newest: str = "") -> None:
    """Let go of what older snapshots were made of; it is in the place now. Keeps ``newest``."""
    for name in stores.history.refs(REFS):
        if name != REFS + newest:
            stores.history.remove_ref(name)


def _own_files(stores: Stores, contents: Contents) -> tuple[SnapshotFile, SnapshotFile]:
    sweep_leftovers(stores.place.chunks)
    key = stores.place.key
    if key is not None:
        # In no file. Under the library's key it would be new as a whole in every snapshot, and of
        # no use on a machine without its vault: the place's own encryption is what guards it.
        data = in_clear(stores.place.catalog, key)
        with contents.evenly(len(data)):
            catalog = contents.keep_bytes(data)
    else:
        with _scratch(stores.place.chunks) as file:
            stores.catalog.backup(file)
            with contents.evenly(file.stat().st_size):
                catalog = contents.keep(str(file))
    settings = contents.keep_bytes(_gathered(stores.place))
    return SnapshotFile(catalog.digest, catalog.size), SnapshotFile(settings.digest, settings.size)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    file = free_name(folder)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _gathered(place: Place) -> bytes:
    """The small files of the library's own as one: names and texts, as JSON."""
    found = {}
    for name in _FILES:
        try:
            if name == _NAMED:
                found[name] = settings_text(place)
            else:
                found[name] = place.files.read(place.state / name).decode()
        except FileNotFoundError:
            continue
        except (OSError, ValueError, Corrupt) as error:
            if name == _NAMED:
                raise Corrupt(f"{name} cannot be read: {error}", subject=name) from error
    return json.dumps(found, indent=0, sort_keys=True).encode()


def read_settings_files(data: bytes) -> dict[str, str]:
    """The files that :func:`capture` gathered, by name. Corrupt for anything else."""
    try:
        found = json.loads(data) if len(data) <= _SETTINGS_LIMIT else None
    except ValueError as error:
        raise Corrupt("the settings of the snapshot are no JSON") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise Corrupt("the settings of the snapshot are not names and texts")
    return {name: text for name, text in found.items() if name in _FILES}


def write_settings_files(place: Place, files: dict[str, str]) -> None:
    """Put them into a library's state again, but for ``library.toml``, which comes last."""
    for name, text in files.items():
        if name != _NAMED:
            place.files.write(place.state / name, text.encode())


def clean_reason(reason: str) -> str:
    """A reason as one line of up to 200 letters."""
    return " ".join(reason.split())[:200]


def clean_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Tags without blanks around them, each once. Invalid for an empty one."""
    made = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags))
    if not all(made) or any(len(tag) > 100 for tag in made):
        raise Invalid("a snapshot's tag has 1 to 100 letters")
    return made
