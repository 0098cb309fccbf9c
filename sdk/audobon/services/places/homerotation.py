"""What lies under older keys of an encrypted library, written again under the newest.

Packs and what is derived, while others work in it (:func:`rotate`). Databases, settings, logs and
locks only while nobody else has it open (:func:`settle`): each is one file that all have open
under one key, so they follow when it is opened the next time. The older keys are dropped when
nothing lies under them any more, and nobody is there who may still write with them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon.errors import AudobonError, Busy, Cancelled, Corrupt, DiskFull
from audobon.services.core.place import Place, settings_path, settings_text
from audobon.services.core.stores import Stores
from audobon.services.places import sealing
from audobon.services.places.homevault import FOLDER
from audobon.storage.objects.folder import FolderStore
from audobon.storage.sqlite import is_under, rekey
from audobon.storage.vault import Rotated
from audobon.storage.vault.library import LibraryKeys
from audobon.storage.vault.smallfiles import SealedSmallFiles
from audobon.system.files import sweep_leftovers, translate_os_error
from audobon.system.locks import FileLock

__all__ = ["count_old", "gate", "rotate", "settle", "settle_if_alone"]

_PATIENCE_S = 600.0
"""How long somebody waits who opens a library whose databases are written again: seconds for each
gigabyte."""
_PACK, _DATABASE = ".pack", ".db"

Report = Callable[[int, int], None]


@contextlib.contextmanager
def gate(place: Place) -> Iterator[None]:
    """Held by whoever opens an encrypted library, and by whoever writes its databases again.

    Raises Conflict where the keys at hand are older than those that it lies under by then: to
    them all of it would look damaged. Busy.
    """
    if place.keys is None:
        yield
        return
    lock = FileLock(place.locks / "keys.lock", timeout_s=_PATIENCE_S)
    with contextlib.ExitStack() as stack:
        try:
            lock.acquire()
            stack.callback(lock.release)
        except Busy:
            raise
        except AudobonError:
            pass  # where nothing can be written nobody writes it again
        settings_text(place)
        yield


def count_old(place: Place, progress: Report | None = None) -> int:
    """How many files lie under older keys; ``progress`` may raise to stop."""
    keys = _keys(place)
    files = [*_files(place)]
    count = 0
    for done, path in enumerate(files):
        if progress is not None:
            progress(done, len(files))
        count += _is_old(place, keys, path)
    return count


def rotate(stores: Stores, progress: Report | None = None) -> Rotated:
    """Write packs and what is derived again, as far as it is old; goes on where it was stopped.

    ``progress`` may raise to stop. What is damaged stays and is told.
    """
    place = stores.place
    keys = _keys(place)
    stores.need_writable("write its state under another key")
    old = [path for path in _files(place) if _is_old(place, keys, path)]
    mine = [path for path in old if _is_shared(place, path)]
    packs = {path for path in mine if path.parent == place.chunks / "packs"}
    work = _Work(place, keys, progress, len(mine))
    for path in mine:
        if path not in packs:
            with stores.commit_lock():  # nobody purges it meanwhile
                work.one(path)
    if packs:
        stores.chunks.over_packs(lambda path: work.one(path) if path in packs else None)
    return work.done(later=len(old) - len(mine))


def settle(place: Place, progress: Report | None = None, *, whole: bool = True) -> Rotated:
    """Write again what is old, while nobody has the library open, and drop the older keys.

    Without ``whole`` packs and what is derived, other than databases, stay for :func:`rotate`.
    Behind the :func:`gate`. Busy where somebody has it open.
    """
    keys = _keys(place)
    # First the settings: whoever has older keys is told by them, before a database looks damaged.
    first = settings_path(place)
    old = [path for path in _files(place) if _is_old(place, keys, path)]
    old.sort(key=lambda path: path != first)
    mine = [path for path in old if whole or not _is_shared(place, path)]
    if not mine and not keys.renewed:
        return Rotated(0, 0, ())
    _need_alone(place, keys)
    work = _Work(place, keys, progress, len(mine))
    for path in mine:
        work.one(path)
    _prove_history(place, keys)
    done = work.done(later=0)
    if not done.failed and len(mine) == len(old):
        _drop(place, keys)
    return done


def settle_if_alone(place: Place) -> None:
    """The same for whoever opens it: as far as it goes now. Never raises for what does not."""
    if place.keys is not None and place.keys.renewed:
        with contextlib.suppress(AudobonError, OSError):
            settle(place, whole=False)


class _Work:
    """Writes files again, one after the other, and keeps what is to be told of it."""

    def __init__(self, place: Place, keys: LibraryKeys, progress: Report | None, of: int) -> None:
        self._place, self._keys = place, keys
        self._progress, self._of = progress, of
        self._at = self._count = self._size = 0
        self._failed: list[tuple[str, AudobonError]] = []

    def one(self, path: Path) -> None:
        if self._progress is not None:
            self._progress(self._at, self._of)
        self._at += 1
        try:
            size = _rewritten(self._place, self._keys, path)
        except FileNotFoundError:  # somebody has removed it meanwhile
            return
        except (AudobonError, OSError) as error:
            told = translate_os_error(error, path) if isinstance(error, OSError) else error
            if isinstance(told, DiskFull | Cancelled):
                raise told from error
            # Damaged, or somebody reads it, which keeps Windows from replacing it: the next time.
            self._failed.append((_shown(self._place, path), told))
            return
        self._count, self._size = self._count + 1, self._size + size

    def done(self, *, later: int) -> Rotated:
        if self._progress is not None:
            self._progress(self._of, self._of)
        return Rotated(self._count, self._size, tuple(self._failed), later)


def _keys(place: Place) -> LibraryKeys:
    assert place.keys is not None  # asked for encrypted libraries only
    return place.keys


def _sealed(place: Place) -> SealedSmallFiles:
    assert isinstance(place.files, SealedSmallFiles)
    return place.files


def _shown(place: Place, path: Path) -> str:
    return path.relative_to(place.state).as_posix()


def _files(place: Place) -> Iterator[Path]:
    """What lies under keys, or may: all but the vault, locks that hold nothing, leftovers."""
    for folder, folders, names in os.walk(place.state):
        if Path(folder) == place.state and FOLDER in folders:
            folders.remove(FOLDER)
        folders.sort()
        for name in sorted(names):
            if not name.startswith(".audobon-") and not name.endswith((".lock", "-wal", "-shm")):
                yield Path(folder, name)


def _is_shared(place: Place, path: Path) -> bool:
    """Whether it may be replaced while others have the library open."""
    if path.suffix == _DATABASE:
        return False
    return path.parent == place.chunks / "packs" or path.is_relative_to(place.state / "derived")


def _is_old(place: Place, keys: LibraryKeys, path: Path) -> bool:
    """Whether it lies under an older key. False for what is none of these."""
    try:
        if path.suffix == _DATABASE:
            empty = path.stat().st_size == 0 and not Path(f"{path}-wal").exists()
            return not empty and not is_under(path, keys.database)
        if path.suffix == _PACK:
            return keys.packs.is_old(path)
        return _sealed(place).is_old(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise translate_os_error(error, path) from error


def _rewritten(place: Place, keys: LibraryKeys, path: Path) -> int:
    if path.suffix == _DATABASE:
        if path.parent == place.history:
            from audobon.storage.history.sealed import rekey_sealed

            return rekey_sealed(place.history, keys.database)
        return rekey(path, keys.database)
    if path.suffix == _PACK:
        size = path.stat().st_size
        keys.packs.reseal(path)
        return size
    return _sealed(place).reseal(path)


def _prove_history(place: Place, keys: LibraryKeys) -> None:
    """Its proof of the key follows where somebody died between the two."""
    from audobon.storage.history.sealed import rekey_sealed

    if (place.history / "history.db").is_file():
        with contextlib.suppress(Corrupt):  # told already
            rekey_sealed(place.history, keys.database)


def _need_alone(place: Place, keys: LibraryKeys) -> None:
    """Busy where somebody has the catalog open, as everybody has who has the library open."""
    from audobon.storage.sqlite import need_alone

    sweep_leftovers(place.state)
    need_alone(place.catalog, keys.database)


def _drop(place: Place, keys: LibraryKeys) -> None:
    """Nothing lies under the older keys any more. A vault that cannot be opened keeps them."""
    with contextlib.closing(FolderStore(place.state / FOLDER)) as store:
        vault = sealing.reopened(store)
        if vault is not None and vault.keys.current.hex() == keys.current:
            vault.drop_old()
