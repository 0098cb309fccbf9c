"""Which copy of ``cryptography`` is loaded, and what is said where none can be.

A host that runs its system's Python finds the system's copy first, and that is often too old (38
in Debian 12, 41 in Ubuntu 24.04, 43 in Debian 13). The add-ons bring one that is not; it comes
later on the path, because the host's own libraries win.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Final

from audobon.errors import MissingExtra

__all__ = ["NEEDED", "load"]

_NAME: Final = "cryptography"
NEEDED: Final = f"{_NAME}.hazmat.primitives.kdf.argon2"
"""What came last of all that the door uses: with version 44."""
_once = threading.Lock()


def load() -> None:
    """Load it, once. Raises MissingExtra: it is not there, is too old, or does not load.

    Where nobody has loaded the old one that comes first, the first one on the path that is new
    enough is loaded; a loaded one stays, as others use it.
    """
    if NEEDED in sys.modules:
        return
    with _once:
        loaded = _NAME in sys.modules
        place = None if loaded else _first(lambda folder: (folder / _file()).is_file())
        try:
            if place is not None and place != _first(lambda folder: (folder / _NAME).is_dir()):
                _load_from(place)
            importlib.import_module(NEEDED)
        except Exception as error:  # a library for another system fails in many ways
            raise _missing(error) from error


def _file() -> str:
    return NEEDED.replace(".", "/") + ".py"


def _first(fits: Callable[[Path], bool]) -> str | None:
    return next((entry for entry in sys.path if entry and fits(Path(entry))), None)


def _load_from(place: str) -> None:
    """Its modules look for each other beside it, so the path stays as it is."""
    spec = PathFinder.find_spec(_NAME, [place])
    if spec is None or spec.loader is None:
        return
    sys.modules[_NAME] = module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(_NAME, None)
        raise


def _missing(error: Exception) -> MissingExtra:
    there = sys.modules.get(_NAME)
    if isinstance(error, ModuleNotFoundError) and error.name == _NAME:
        said, hint = "which is not installed", 'install it: pip install "audobon[vault]"'
    elif isinstance(error, ModuleNotFoundError) and error.name == NEEDED and there is not None:
        version, file = getattr(there, "__version__", ""), getattr(there, "__file__", None)
        said = f"and {version or 'an older one'} in {Path(file or '').parent} is what is loaded"
        hint = "update that one, or switch off the add-on that loads it and start the program again"
    else:
        lines = str(error).splitlines()
        said = f"which does not load here: {lines[0] if lines else type(error).__name__}"
        hint = 'install the add-on for this system again, or: pip install "audobon[vault]"'
    return MissingExtra(
        f"encryption needs the library {_NAME} 44 or newer, {said}", subject=_NAME, hint=hint
    )
