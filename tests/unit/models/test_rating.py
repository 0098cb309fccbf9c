"""How many stars a picture would get, learnt from those that were given some."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import audobon
from audobon.cli.root import cli
from audobon.codec.vectors import halved
from audobon.errors import Invalid, NotFound
from audobon.services.pipelines.nearness import current_recipe, keep_vectors

COUNT, RATED = 62, 48
FEATURES = 1280
UNSEEN = 2
# Of the others the vectors are known, and tell how much somebody likes them.


@pytest.fixture
def shelf(home: Path, tmp_path: Path) -> Iterator[tuple[audobon.Library, list[float]]]:
    """Pictures 00.png to 61.png, and how much each is liked."""
    root = tmp_path / "MyAssets"
    root.mkdir()
    rng = np.random.default_rng(5)
    for number in range(COUNT):
        noise = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
        noise.resize((64, 64)).save(root / f"{number:02}.png")
    liked = rng.standard_normal(COUNT)
    vectors = rng.standard_normal((COUNT, FEATURES))
    vectors[:, :40] += 2 * liked[:, None]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        halves = {
            hashlib.sha256((root / f"{number:02}.png").read_bytes()).hexdigest(): halved(
                list(vectors[number])
            )
            for number in range(COUNT - UNSEEN)
        }
        keep_vectors(library._stores, current_recipe(library._stores, "embed"), halves)
        yield library, liked.tolist()


def test_stars_are_learnt_predicted_and_taken_back(
    shelf: tuple[audobon.Library, list[float]], tmp_path: Path
) -> None:
    lib, liked = shelf
    with pytest.raises(Invalid, match="0 rated pictures are too few"):
        lib.teach_rating()
    with pytest.raises(Invalid, match="no ratings were learnt"):
        lib.predicted_ratings()
    for stars in range(1, 6):
        low, high = (-9.0, *(-1.0, -0.3, 0.3, 1.0), 9.0)[stars - 1 : stars + 1]
        lib.edit([f"{n:02}.png" for n in range(RATED) if low < liked[n] <= high], rating=stars)
    job = lib.teach_rating()
    lib.work()
    told = job.result()
    assert (told["version"], told["refused"], told["used"]) == (1, "", True)
    assert (told["given"], told["lost"]) == (RATED, 0)
    assert told["figures"]["order_within"][0] > 0.5
    assert job.live == {}
    assert lib.get(f"{RATED}.png").rating == 0  # nothing is rated by it

    found = lib.predicted_ratings()
    there = [int(each.asset.name[:2]) for each in found.found]
    assert sorted(there) == list(range(RATED, COUNT - UNSEEN))
    assert np.corrcoef([each.stars for each in found.found], [liked[n] for n in there])[0, 1] > 0.7
    assert [each.stars for each in found.found] == sorted(
        (each.stars for each in found.found), reverse=True
    )
    assert set(found.unseen) == {lib.get(f"{n}.png").id for n in range(COUNT - UNSEEN, COUNT)}
    good = lib.predicted_ratings("name:0*", least=3.5, limit=3).found
    assert all(each.stars >= 3.5 and each.asset.name.startswith("0") for each in good)

    again = lib.teach_rating()
    lib.work()
    assert again.result()["refused"].startswith("it is no better than previous")
    assert [each.used for each in lib.taught("rating")] == [True, False]
    assert "# Rating, version 1" in lib.taught_card("rating")
    place = ["--library", str(tmp_path / "MyAssets")]

    def said(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(cli, [*words, *place])
        assert done.exit_code == status, done.output
        return done.output

    assert f"{there[0]}.png" in said("suggest", "--rating", "--limit", "1")
    assert "no better than previous" in said("teach", "--rating", "--versions")
    assert "the mean for every picture | " in said("teach", "--rating", "--card")
    assert "rating 2 is in use" in said("teach", "--rating", "--use", "2")
    assert "no version of rating" in said("teach", "--rating", "--use", "none")
    assert "goes with one of" in said("teach", "moss", "--rating", status=2)

    one = lib.get("10.png")
    lib._stores.catalog.erase_assets([one.id], [one.digest])
    assert lib.taught("rating") == ()  # what was learnt of a purged picture goes with it
    with pytest.raises(NotFound, match="none was taught"):
        lib.use_taught("rating", 1)
