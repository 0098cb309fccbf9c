"""What was computed on one machine is not computed on another one: it travels with the remote."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import audobon
from audobon.errors import Corrupt, NotFound
from audobon.models.registry import Models
from audobon.services.depot import Depot
from audobon.services.depot.results import send_results
from audobon.services.sync.sharing import Vectors
from audobon.storage.objects import FolderStore
from audobon.storage.vectors import VectorStore

Machine = Callable[[str], None]


@pytest.fixture
def machine(
    tmp_path: Path,
    install: Callable[..., Models],
    monkeypatch: pytest.MonkeyPatch,
) -> Machine:
    """Goes to a machine of this name, which has both models, or none for ``bare``."""

    def go(name: str) -> None:
        data = tmp_path / "machines" / name
        if not data.exists():
            data.mkdir(parents=True)
            if name != "bare":
                install(data, "embed", "ocr")
        monkeypatch.setenv("XDG_DATA_HOME", str(data))
        monkeypatch.setenv("XDG_CACHE_HOME", str(data / "cache"))

    return go


@pytest.fixture
def studio(machine: Machine, photos: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    """A library whose pictures were looked at and read, pushed to a NAS."""
    machine("studio")
    root = tmp_path / "MyAssets"
    shutil.copytree(photos, root)
    with Image.open(photos / "flower.jpg") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "dahlia.png")
    sign = Image.new("RGB", (640, 160), (240, 236, 220))
    pen = ImageDraw.Draw(sign)
    pen.text((40, 30), "HIGH VOLTAGE", font=ImageFont.load_default(52), fill="black")
    sign.save(root / "IMG_0001.png")
    with audobon.Library.create(root, "Art") as made:
        made.add([root])
        made.remotes.add("nas", str(tmp_path / "nas"))
        made.commit("photographs")
        yield made


def _look(lib: audobon.Library) -> int:
    pictures = [each for each in lib.assets() if each.kind == "image"]
    for pipeline in ("embed", "ocr"):
        lib.run(pipeline, pictures)
    while any(job.state in ("queued", "running") for job in lib.jobs()):
        lib.work()
    return len(pictures)


def _names(page: audobon.Page) -> list[str]:
    return [hit.asset.name for hit in page.hits]


def test_a_clone_finds_by_likeness_and_by_what_is_written_and_computes_nothing(
    studio: audobon.Library, machine: Machine, tmp_path: Path
) -> None:
    count = _look(studio)
    planned = studio.push("nas", dry_run=True)
    done = studio.push("nas")
    assert planned.results == done.results == 2 * count  # a vector and a text of each
    assert planned.bytes > count * 2560
    assert planned.bytes < done.bytes < planned.bytes * 1.1, "but for the versions"
    assert studio.push("nas").results == 0
    wanted, read = _names(studio.search("like:flower.jpg")), _names(studio.search("voltage"))
    machine("laptop")
    told = audobon.Library.estimate_clone(str(tmp_path / "nas"))
    with audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "laptop") as laptop:
        page = laptop.search("like:flower.jpg")
        assert {hit.asset.state for hit in page.hits} == {"remote"}
        assert _names(page) == wanted[: len(page.hits)] != []
        assert page.notes == ()  # nothing was not looked at
        assert laptop.similar("flower.jpg").near[0].asset.name == "dahlia.png"
        assert _names(laptop.search("voltage")) == read == ["IMG_0001.png"]
        assert laptop.pull("origin").results == 0
        assert not list(laptop.jobs())
        assert laptop.push("origin").nothing
    assert told.bytes > count * 2560


def test_what_is_computed_after_the_clone_comes_with_the_next_pull(
    studio: audobon.Library, machine: Machine, tmp_path: Path
) -> None:
    assert studio.push("nas").results == 0
    machine("laptop")
    with audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "laptop") as laptop:
        machine("studio")
        count = _look(studio)
        assert studio.push("nas").results == 2 * count  # also where there is no new version
        machine("laptop")
        assert laptop.pull("origin", dry_run=True).results == 2 * count
        assert laptop.search("voltage").total == 0
        with pytest.raises(NotFound, match="only at a remote") as told:
            laptop.search("like:flower.jpg")
        assert told.value.hint
        assert list(laptop.jobs()) == []
        assert laptop.pull("origin").results == 2 * count
        assert laptop.pull("origin", dry_run=True).results == 0
        assert _names(laptop.search("voltage")) == ["IMG_0001.png"]
        assert "dahlia.png" in _names(laptop.search("like:flower.jpg"))


def test_vectors_of_another_model_are_not_taken_but_without_one_any(
    studio: audobon.Library, machine: Machine, tmp_path: Path
) -> None:
    count = _look(studio)
    studio.push("nas")
    (mine,) = (studio.state_path / "derived" / "alike").glob("*.db")
    machine("bare")
    with audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "bare") as bare:
        (taken,) = (bare.state_path / "derived" / "alike").glob("*.db")
        assert taken.name == mine.name
        assert VectorStore(taken, base=bare.state_path).count() == count
    other = tmp_path / "other.db"
    depot = Depot(FolderStore(tmp_path / "nas"), tmp_path / "other")
    depot.contents.refresh()
    store = VectorStore(other, base=tmp_path)
    store.put({bytes.fromhex(each.digest): bytes(2560) for each in studio.assets()})
    sent, size = send_results(depot, {"vectors/0123456789abcdef": Vectors(store)})
    depot.close()
    assert sent == count
    assert size > count * 2560
    machine("laptop")
    with audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "laptop") as laptop:
        names = [each.name for each in (laptop.state_path / "derived" / "alike").glob("*.db")]
        assert names == [taken.name]


def test_a_file_that_was_never_pushed_gives_nothing_away(
    studio: audobon.Library, tmp_path: Path
) -> None:
    root = tmp_path / "MyAssets"
    Image.new("RGB", (64, 64), (10, 200, 30)).save(root / "secret.png")
    studio.add([root])
    count = _look(studio)
    assert studio.push("nas").results == 2 * (count - 1)
    digest = studio.get("secret.png").digest
    everything = b"".join(path.read_bytes() for path in (tmp_path / "nas").rglob("*.json"))
    assert digest.encode() not in everything
    studio.commit("no secret any more")
    assert studio.push("nas").results == 2


@pytest.mark.parametrize("suffix", [".json", ".bin"])
def test_a_remote_that_lies_is_told_and_nothing_is_taken(
    studio: audobon.Library, machine: Machine, tmp_path: Path, suffix: str
) -> None:
    _look(studio)
    studio.push("nas")
    place = FolderStore(tmp_path / "nas")
    keys = [stat.key for stat in place.list("results/") if stat.key.endswith(suffix)]
    assert len(keys) == 2
    for key in keys:
        data = bytearray(place.get(key))
        data[len(data) // 2] ^= 1
        place.put(key, bytes(data))
    machine("laptop")
    with pytest.raises(Corrupt, match="results/"):
        audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "laptop")


def test_what_is_purged_leaves_no_result_at_the_remote(
    studio: audobon.Library, tmp_path: Path
) -> None:
    count = _look(studio)
    studio.push("nas")
    digest = studio.get("IMG_0001.png").digest
    report = studio.purge(["IMG_0001.png"], remotes=["nas"])
    assert all(place.done for place in report.places), report
    place = FolderStore(tmp_path / "nas")
    keys = [stat.key for stat in place.list("results/") if stat.key.endswith(".json")]
    told = [json.loads(place.get(key)) for key in keys]
    kept = [each for one in told for each in one["digests"]]
    assert len(kept) == 2 * (count - 1)
    assert digest not in kept
    assert not any(
        b"VOLTAGE" in path.read_bytes() for path in (tmp_path / "nas").rglob("*") if path.is_file()
    )


def test_an_encrypted_remote_shows_nothing_of_them(
    studio: audobon.Library, machine: Machine, tmp_path: Path
) -> None:
    count = _look(studio)
    url = str(tmp_path / "sealed")
    studio.remotes.add("sealed", url, passphrase="correct horse")
    assert studio.push("sealed", passphrase="correct horse").results == 2 * count
    whole = b"".join(path.read_bytes() for path in Path(url).rglob("*") if path.is_file())
    assert b"VOLTAGE" not in whole
    machine("laptop")
    with audobon.Library.clone(url, tmp_path / "laptop", passphrase="correct horse") as laptop:
        assert _names(laptop.search("voltage")) == ["IMG_0001.png"]
