"""Components that several tests need: converted once a run, as the largest takes 16 s of CPU."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from audobon.models.registry import Models
from audobon.system.locks import FileLock

__all__ = ["install_once"]

_PATIENCE_S = 900.0  # another test fetches and converts


def install_once(folder: Path, names: Iterable[str], *, kept: Path, packages: Path) -> Models:
    """Have these components or pipelines in ``folder``, as ``Models.install`` makes them.

    ``kept`` is a folder of this run, which its processes share: what the first of them has
    installed there is copied by the others. Packages are fetched into ``packages``.
    """
    store = Models(kept / "models", downloads=packages)
    made = Models(folder, downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=_PATIENCE_S):
        for name in names:
            lacking = made.missing(name)
            store.install(name, accept=True)
            for each in lacking:
                shutil.copytree(kept / "models" / each.name, folder / each.name)
    return made
