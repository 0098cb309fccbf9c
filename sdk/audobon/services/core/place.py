"""Where a library keeps its state, and the small file that names it.

The state lies in ``.audobon/`` beside the assets. Where that cannot work (a
read-only disk, a network share, a folder that another program synchronises)
it lies in the platform's data folder under the library's id, and a pointer
leads there from the folder's path.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from audobon.errors import Conflict, Corrupt, Invalid, NewerFormat, NoKey, NoLibrary
from audobon.model.asset import Root
from audobon.services.core.settings import Settings, parse_settings
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.folders import data_folder, make_own
from audobon.system.names import text_path
from audobon.system.smallfiles import PLAIN, SmallFiles
from audobon.system.volumes import is_network, is_writable, sync_program

if TYPE_CHECKING:
    from audobon.storage.chunks.packfiles import PackFiles
    from audobon.storage.sqlite import Key
    from audobon.storage.vault.library import LibraryKeys

__all__ = [
    "FORMAT",
    "STATE",
    "Place",
    "Settings",
    "create_place",
    "find_library",
    "open_place",
    "parse_settings",
    "read_roots",
    "read_settings",
    "settings_path",
    "settings_text",
    "write_library_file",
]

STATE = ".audobon"
FORMAT = 1
"""Version of the layout on disk; a reader refuses a higher one than ``ENCRYPTED``."""
ENCRYPTED = 2
"""The same where everything is under keys: an older reader must not take it for damaged."""

_NAMED = "library.toml"
_SEALED = "library.sealed"
_ABOUT = "# An Audobon library; docs/format/library-format.md describes it."

_FOLDERS = ("chunks/packs", "derived", "lock", "logs")


@frozen(slots=True)
class Place:
    """Where a library lies.

    ``state`` holds everything of ours; ``outside`` says why it is not beside the assets.
    ``files`` reads and writes the small ones in it. Where it is encrypted, ``keys`` open all of it.
    """

    id: str
    name: str
    folder: Path
    state: Path
    outside: str = ""
    files: SmallFiles = field(default=PLAIN, repr=False, eq=False)
    keys: LibraryKeys | None = field(default=None, repr=False, eq=False)

    def under(self, keys: LibraryKeys | None) -> Place:
        """The same place, everything in it under these keys; None for all in clear."""
        files = PLAIN if keys is None else keys.files(self.state)
        return evolve(self, files=files, keys=keys)

    @property
    def key(self) -> Key | None:
        """What its databases and its history are encrypted under."""
        return None if self.keys is None else self.keys.database

    @property
    def packs(self) -> PackFiles:
        """How the packs of its chunk store lie."""
        from audobon.storage.chunks import packfiles

        return packfiles.PLAIN if self.keys is None else self.keys.packs

    @property
    def catalog(self) -> Path:
        return self.state / "catalog.db"

    @property
    def audit(self) -> Path:
        """The copy of the audit log: what is in it outlives the catalog."""
        return self.state / "audit.jsonl"

    @property
    def history(self) -> Path:
        return self.state / "history.git"

    @property
    def chunks(self) -> Path:
        return self.state / "chunks"

    @property
    def index(self) -> Path:
        return self.state / "derived" / "index"

    @property
    def results(self) -> Path:
        """What pipelines gave, by content; derived."""
        return self.state / "derived" / "results"

    @property
    def writing(self) -> Path:
        """What is written in pictures; derived."""
        return self.state / "derived" / "writing.db"

    @property
    def alike(self) -> Path:
        """What pictures look like, as numbers beside each other; derived."""
        return self.state / "derived" / "alike"

    @property
    def imprints(self) -> Path:
        """What pictures are known by again; derived. A file of vectors it is not."""
        return self.state / "derived" / "imprints.db"

    @property
    def metrics(self) -> Path:
        """How long things took and how often they failed. Not truth: it may be deleted."""
        return self.state / "derived" / "metrics.db"

    @property
    def links(self) -> Path:
        """Which files name which; derived."""
        return self.state / "derived" / "links" / "links.db"

    @property
    def previews(self) -> Path:
        return self.state / "derived" / "previews"

    @property
    def details(self) -> Path:
        return self.state / "derived" / "details"

    @property
    def locks(self) -> Path:
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        return self.state / "logs"


def _far_state(folder: Path) -> Path:
    """The state's folder in the platform's data folder for a library at ``folder``."""
    digest = hashlib.blake2b(os.fsencode(os.path.realpath(folder)), digest_size=10).hexdigest()
    return data_folder() / "libraries" / digest


def _why_outside(folder: Path, *, probe: bool = True) -> str:
    if probe and not is_writable(folder):
        return "the folder cannot be written"
    if is_network(folder):
        return "the folder lies on a network share"
    program = sync_program(folder)
    if program is not None:
        return f"the folder is synchronised by {program}"
    return "" if probe else "the folder could not be written"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


def create_place(
    folder: Path,
    name: str | None,
    *,
    ident: str | None = None,
    keys: LibraryKeys | None = None,
) -> Place:
    """Make the folders; ``library.toml`` comes last, elsewhere. Conflict for a library.

    ``ident`` is that of the library of which this is to be another copy. What is put there is
    to be under ``keys``.
    """
    folder = Path(os.path.abspath(folder))
    if name is not None and not name.strip():
        raise Invalid("a library's name is empty; give at least one visible character")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Invalid(f"{folder} is a file; a library is a folder", subject=str(folder)) from error
    except OSError as error:
        raise translate_os_error(error, folder) from error
    if find_state(folder) is not None:
        raise Conflict(
            f"{folder} is a library already", subject=str(folder), hint="open it instead"
        )
    outside = _why_outside(folder)
    state = _far_state(folder) if outside else folder / STATE
    place = Place(
        ident or uuid.uuid4().hex, name or folder.name or "library", folder, state, outside
    )
    try:
        for part in _FOLDERS:
            make_own(state / part)
        os.chmod(state, 0o700)  # whatever the umask: what is below is private by it
        # Tools that honour the tag leave the state out of backups of caches and of indexing.
        write_atomic(
            state / "derived" / "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n"
        )
    except OSError as error:
        raise translate_os_error(error, state) from error
    return place.under(keys)


def write_library_file(
    place: Place, roots: Iterable[Root], settings: Settings | None = None
) -> None:
    """Write ``library.toml``: the last step of creating, and again when a root is added.

    Without ``settings`` those that stand there stay.

    The folders of roots belong to this machine, so they stand here and not in
    the history. The library's own folder is ``.``, so that it can be moved.
    """
    settings = settings or read_settings(place)
    own = text_path(str(place.folder))
    lines = [
        _ABOUT,
        f"format = {FORMAT}",
        f"id = {_quote(place.id)}",
        f"name = {_quote(place.name)}",
    ]
    if place.outside:
        lines.append(f"folder = {_quote(own)}")
    if settings.off:
        lines.append(f"off = [{', '.join(map(_quote, sorted(settings.off)))}]")
    for root in roots:
        folder = "." if root.folder == own else root.folder
        lines += ["", "[[roots]]", f"name = {_quote(root.name)}", f"folder = {_quote(folder)}"]
        if followed := settings.follow.get(root.name):
            lines.append(f"follow = [{', '.join(map(_quote, followed))}]")
    text = "\n".join([*lines, ""]).encode()
    if place.keys is None:
        write_atomic(place.state / _NAMED, text)
        return
    place.files.write(settings_path(place), text)
    if not (place.state / _NAMED).is_file():
        told = [_ABOUT, f"format = {ENCRYPTED}", f"id = {_quote(place.id)}", "encrypted = true", ""]
        write_atomic(place.state / _NAMED, "\n".join(told).encode())


def settings_path(place: Place) -> Path:
    """The file that changes with name, roots and settings."""
    return place.state / (_NAMED if place.keys is None else _SEALED)


def settings_text(place: Place) -> str:
    """Name, roots and settings as the text of a ``library.toml``. OSError, ValueError, Corrupt."""
    path = settings_path(place)
    return (path.read_bytes() if place.keys is None else place.files.read(path)).decode()


def read_roots(place: Place) -> dict[str, str]:
    """Names and folders of the roots as ``library.toml`` has them."""
    data = _parsed(place.folder, lambda: settings_text(place))
    own = text_path(str(place.folder))
    try:
        pairs = [(str(root["name"]), str(root["folder"])) for root in data.get("roots", [])]
    except (KeyError, TypeError) as error:
        raise Corrupt(f"library.toml of {place.folder} lacks a root's {error}") from error
    return {name: own if folder == "." else folder for name, folder in pairs}


def read_settings(place: Place) -> Settings:
    """What ``library.toml`` has of them; where there is none, or it makes no sense, nothing."""
    try:
        return parse_settings(settings_text(place))
    except (OSError, ValueError, Corrupt):
        return Settings()


def find_state(folder: Path) -> Path | None:
    """The state's folder of the library at exactly ``folder``, None where there is none."""
    for state in (folder / STATE, _far_state(folder)):
        if (state / "library.toml").is_file():
            return state
    return None


def find_library(start: Path) -> Path | None:
    """The nearest folder at or above ``start`` that is a library."""
    start = Path(os.path.abspath(start))
    for folder in (start, *start.parents):
        if find_state(folder) is not None:
            return folder
    return None


def open_place(
    folder: Path,
    *,
    keys: LibraryKeys | None = None,
    unlock: Callable[[Path], LibraryKeys] | None = None,
) -> Place:
    """Read ``library.toml``. NoLibrary, NewerFormat, Corrupt, or NoKey.

    An encrypted one needs ``keys``, or is opened by ``unlock``, which is given its state.
    """
    folder = Path(os.path.abspath(folder))
    state = find_state(folder)
    if state is None:
        raise NoLibrary(
            f"{folder} is not a library",
            subject=str(folder),
            hint="create one there with 'audobon init' or Library.create",
        )
    data = _parsed(folder, lambda: (state / _NAMED).read_text("utf-8"))
    try:
        version, ident = int(data["format"]), str(data["id"])
        if version > ENCRYPTED:
            raise NewerFormat(
                f"{folder} has library format {version}; this version reads up to {ENCRYPTED}",
                subject=str(folder),
                hint="update Audobon",
            )
        encrypted = version == ENCRYPTED or bool(data.get("encrypted"))
        if encrypted and keys is None and unlock is not None:
            keys = unlock(state)
        need_keys(folder, keys, encrypted=encrypted)
        outside = "" if state.parent == folder else _why_outside(folder, probe=False)
        place = Place(ident, "", folder, state, outside).under(keys)
        if keys is not None:
            data = _parsed(folder, lambda: _proved(place))
        return evolve(place, name=str(data["name"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt(f"library.toml of {folder} lacks {error}", subject=str(folder)) from error


def _proved(place: Place) -> str:
    """The settings of an encrypted library, which are the first that its keys open."""
    try:
        return settings_text(place)
    except (Conflict, Corrupt) as error:
        raise Corrupt(
            f"{_SEALED} of {place.folder} is damaged, or not under the keys of its vault",
            subject=str(place.folder),
            hint="put it, or the vault beside it, back from a backup; nothing was changed",
        ) from error


def need_keys(folder: Path, keys: LibraryKeys | None, *, encrypted: bool) -> None:
    """NoKey where there are none for an encrypted library; Conflict where one is in clear.

    Before anything of it is opened: without its keys all of it looks damaged.
    """
    if encrypted and keys is None:
        raise NoKey(
            f"{folder} is an encrypted library, and it was opened without its keys",
            subject=str(folder),
        )
    if keys is not None and not encrypted:
        raise Conflict(
            f"{folder} is a library in clear, and it was opened with keys",
            subject=str(folder),
            hint="open it without",
        )


def _parsed(folder: Path, read: Callable[[], str]) -> dict[str, Any]:
    try:
        return tomllib.loads(read())
    except ValueError as error:
        raise Corrupt(f"library.toml of {folder} is not readable: {error}") from error
    except OSError as error:
        raise translate_os_error(error, folder / STATE / _NAMED) from error
