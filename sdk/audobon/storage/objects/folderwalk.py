"""The objects below a folder, by key, without one file being opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from audobon.errors import Unavailable
from audobon.storage.objects.foldernames import key_name, version_of
from audobon.system.files import translate_os_error

__all__ = ["walk"]


def walk(root: Path, prefix: str) -> Iterator[tuple[str, int, int]]:
    """Key, newest number and size of the file of what starts with ``prefix``, by key.

    Deleted objects are among them: their files are markers. Raises Unavailable.
    """
    yield from _below(root, "", prefix)


def _below(folder: Path, path: str, prefix: str) -> Iterator[tuple[str, int, int]]:
    files, folders = _read(folder)
    # With the slash, a folder sorts where its keys do: "b-x" < "b/1" < "ba".
    found = [*((path + name, "") for name in files)]
    found += [(f"{path}{name}/", entry) for name, entry in folders.items()]
    for key, below in sorted(found):
        if below:
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _below(folder / below, key, prefix)
        elif key.startswith(prefix):
            number, entry = files[key[len(path) :]]
            try:
                size = entry.stat().st_size
            except FileNotFoundError:
                size = 0  # the caller looks again
            except OSError as error:
                raise translate_os_error(error, entry.path) from error
            yield key, number, size


def _read(
    folder: Path,
) -> tuple[dict[str, tuple[int, os.DirEntry[str]]], dict[str, str]]:
    files: dict[str, tuple[int, os.DirEntry[str]]] = {}
    folders: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                version = version_of(entry.name)
                if version:
                    name, number = version
                    if name not in files or files[name][0] < number:
                        files[name] = number, entry
                elif (name := key_name(entry.name) or "") and entry.is_dir():
                    folders[name] = entry.name
    except FileNotFoundError as error:
        raise Unavailable(f"{folder} is gone", subject=str(folder)) from error
    except OSError as error:
        raise translate_os_error(error, folder) from error
    return files, folders
