"""Networks in 8 bits without NNCF: who judges, what is refused, and what a recipe says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino
import pytest
from click.testing import CliRunner
from model_files import write_recipe
from openvino import opset13 as ops
from PIL import Image

import audobon
from audobon.cli.root import cli
from audobon.errors import Conflict, Invalid, MissingExtra, Unavailable, Unsupported
from audobon.inference.judging import judge, kind_of, parted, print_of
from audobon.model.component import Component, Part, Source, Tensor
from audobon.model.job import Limits
from audobon.model.quantized import Loss, Quantized
from audobon.models.assemble import assemble
from audobon.models.convert import NETWORK
from audobon.models.feeding import fed
from audobon.models.int8 import int8_recipe, measured
from audobon.models.registry import Models
from audobon.pages.int8card import int8_card
from audobon.services.pipelines.quantizing import refuse

PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0, 1, "RGB")
LOGITS = Tensor("logits", ("n", "2"), "f32")
FEATURES = Tensor("features", ("n", "3"), "f32")
CHANCE = Tensor("chance", ("n", "1"), "f32", 0.0, 1.0)


class _Context:
    limits = Limits()
    background = False

    def check(self) -> None:
        pass

    def progress(self, fraction: float) -> None:
        pass


def test_outputs_are_judged_by_what_they_are() -> None:
    kinds = [kind_of(each) for each in (PICTURE, LOGITS, FEATURES, CHANCE)]
    assert kinds == ["picture", "classes", "vector", "numbers"]
    one = [np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])]
    other = [np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.6, 0.8]])]
    loss = judge(FEATURES, one, other)
    assert (loss.mean, loss.worst, loss.bounded) == (0.2, 0.4, 0.2)
    same = judge(FEATURES, one, one)
    assert (same.mean, same.worst, same.changed, same.decibels) == (0.0, 0.0, None, None)


def test_a_class_that_is_another_counts_though_the_cosine_is_near() -> None:
    wanted = [np.array([[1.0, 0.99]]), np.array([[1.0, 0.0]])]
    given = [np.array([[0.99, 1.0]]), np.array([[1.0, 0.0]])]
    loss = judge(LOGITS, wanted, given)
    assert loss.mean < 0.001
    assert (loss.changed, loss.bounded) == (0.5, 0.5)


def test_pictures_and_numbers_are_judged_by_their_range() -> None:
    dark, lighter = np.zeros((1, 4, 4, 3)), np.full((1, 4, 4, 3), 0.1)
    loss = judge(PICTURE, [dark, dark], [dark, lighter])
    assert (loss.mean, loss.worst) == (0.05, 0.1)
    assert loss.decibels == pytest.approx(26.0, abs=0.1)
    assert judge(CHANCE, [np.array([[0.5]])], [np.array([[0.25]])]).mean == 0.25
    free = Tensor("points", ("n", "17", "3"), "f32")
    points = np.arange(51.0).reshape(1, 17, 3)
    assert judge(free, [points], [points + 5.0]).mean == 0.1
    assert judge(free, [points], [points[:, :3]]).mean == 1.0  # other things were found


def prints(count: int, seed: int = 0) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).random((count, 64)))


def test_nearly_equal_pictures_are_on_one_side() -> None:
    base = prints(24)
    digests = [f"{number * 7919 % 97:02d}" for number in range(48)]
    seen = [*base, *(each + 0.005 for each in base)]
    calibrating, held = parted(seen, digests, 16)
    assert sorted([*calibrating, *held]) == list(range(48))
    assert {each % 24 for each in calibrating}.isdisjoint({each % 24 for each in held})
    assert 5 <= len(held) < len(calibrating)
    turned = parted(seen[::-1], digests[::-1], 16)
    assert [sorted(47 - each for each in side) for side in turned] == [calibrating, held]


def test_copies_of_a_few_pictures_are_too_few() -> None:
    base = prints(4)
    seen = [each + 0.001 * turn for each in base for turn in range(10)]
    with pytest.raises(Invalid, match="there are 4 pictures that differ; at least 16"):
        parted(seen, [f"{number:02d}" for number in range(40)], 16)


def test_a_picture_from_far_is_the_same_in_another_size() -> None:
    y, x = np.mgrid[0:160, 0:160] / 160
    large = np.stack([x, y, x * y], -1)[None]
    small = large[:, ::2, ::2]
    apart = float(np.abs(print_of(large, PICTURE) - print_of(small, PICTURE)).max())
    assert apart < 0.01
    assert print_of(np.zeros((1, 8)), FEATURES).size == 0


def network(path: Path, weight: np.ndarray) -> None:
    given = ops.parameter([1, 3], np.float32, name="x")
    made = ops.matmul(given, weight.astype(np.float32), False, False)
    openvino.save_model(openvino.Model([ops.result(made)], [given], "tiny"), str(path))


def test_two_networks_are_measured_beside_each_other(tmp_path: Path) -> None:
    weight = np.random.default_rng(1).normal(size=(3, 3))
    before, after = tmp_path / "before.xml", tmp_path / "after.xml"
    network(before, weight)
    network(after, np.round(weight * 4) / 4)
    taken = Tensor("x", ("n", "3"), "f32")
    component = Component("tiny", "1.0.0", "backbone", inputs=(taken,), outputs=(FEATURES,))
    feeds = [{"x": each} for each in np.random.default_rng(2).random((9, 1, 3)).astype("f4")]
    context = _Context()
    same = measured(before, before, component, feeds, context)  # type: ignore[arg-type]
    assert same["losses"][0].mean == pytest.approx(0.0, abs=1e-4)
    told = measured(before, after, component, feeds, context)  # type: ignore[arg-type]
    (loss,) = told["losses"]
    assert 0.0001 < loss.mean <= loss.worst < 0.5
    assert told["seconds"] > 0 < told["seconds_before"]
    made = quantized(losses=told["losses"], bound=loss.mean / 2)
    with pytest.raises(Invalid, match="nothing is written"):
        refuse(made)
    refuse(quantized(losses=told["losses"], bound=loss.mean * 2))


def quantized(**said: object) -> Quantized:
    usual = {
        "component": "net-int8", "version": "1.2.0+int8", "source": "net 1.2.0", "bound": 0.01,
        "losses": (Loss("features", "vector", 0.033, 0.068),), "calibrated": 200,
        "held_out": 100, "size_before": 9_260_000, "size": 4_790_000, "seconds_before": 0.0118,
        "seconds": 0.0052, "maker": "nncf 3.4.0",
    }  # fmt: skip
    return Quantized(**{**usual, **said})  # type: ignore[arg-type]


def test_a_refusal_tells_all_figures() -> None:
    with pytest.raises(Invalid) as caught:
        refuse(quantized())
    for word in ("0.0330", "0.0680 at worst", "0.01 is allowed", "4.79 MB", "11.8 ms", "100 held"):
        assert word in caught.value.message
    assert "--bound" in caught.value.hint


def test_its_recipe_keeps_licence_origin_and_what_counts_when_it_runs(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    (tmp_path / NETWORK).write_bytes(b"y")
    component = Component(
        *("net", "1.2.0", "backbone", "Does \"things\"", "MIT"),
        ask="say yes", source=Source("npm", "some-net", "3.1.0"),
        files=(Part("a.bin", "ab" * 32),), converter="tfjs",
        inputs=(PICTURE,), outputs=(PICTURE,), settings={"factor": 2, "mean": "0.5", "pad": 8},
    )  # fmt: skip
    text = int8_recipe(component, quantized(), tmp_path)
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    from audobon.models.recipes import read_recipe

    read = read_recipe(path)
    assert (read.name, read.version, read.licence) == ("net-int8", "1.2.0+int8", "MIT")
    assert read.ask == "say yes"
    assert (read.inputs, read.outputs) == ((PICTURE,), (PICTURE,))
    origin = f"net 1.2.0 of npm: some-net 3.1.0 sha256:{'ab' * 32}"
    assert dict(read.settings) == {"keep": "f32", "made_from": origin, "factor": 2, "pad": 8}
    assert all(len(part.sha256) == 64 for part in read.files)
    card = int8_card(component, quantized())
    for word in ("9.26 MB before, 4.79 MB now", "200 pictures, judged on 100", "MIT", "nncf 3.4.0"):
        assert word in card


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    """A library with sixteen pictures, and an own network that is installed."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Models().install(write_recipe(tmp_path / "model"))
    root = tmp_path / "MyAssets"
    root.mkdir()
    for number in range(16):
        pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).resize((64, 64)).save(root / f"p{number}.png")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


def test_a_network_is_fed_with_the_middle_of_a_picture_and_not_computed(
    own: audobon.Library, tmp_path: Path
) -> None:
    made = assemble(Models(), "upscale", {"backbone": "halver"})
    step = next(each for each in made.steps if each.component.name == "halver")
    pixels = np.random.default_rng(5).integers(0, 255, (400, 300, 3), np.uint8)
    path = tmp_path / "large.png"
    Image.fromarray(pixels).save(path)
    payload = {**made.task(), "avoid": [], "path": str(path), "to": ""}
    given = fed(payload, _Context(), step, 256)  # type: ignore[arg-type]
    assert given is not None
    (feed,) = given.values()
    inside = slice(32, 224)  # around it lies what a piece sees of its neighbours
    assert feed.dtype == np.float32
    assert float(feed.min()) >= 0
    assert float(feed.max()) <= 1
    near = pixels[72 : 72 + 256, 22 : 22 + 256] / 255
    found = feed[0, inside, inside]
    places = [
        (top, left)
        for top in range(65)
        for left in range(65)
        if np.allclose(near[top : top + 192, left : left + 192][0, :4], found[0, :4], atol=1e-3)
    ]
    assert any(
        np.allclose(near[top : top + 192, left : left + 192], found, atol=1e-3)
        for top, left in places
    )


def test_what_cannot_be_is_refused_and_writes_nothing(own: audobon.Library, tmp_path: Path) -> None:
    to = tmp_path / "small"
    with pytest.raises(MissingExtra, match="nncf, which is not installed") as caught:
        own.quantize("halver", to)
    assert caught.value.hint == "pip install audobon[int8]"
    with pytest.raises(Unavailable, match="span-x2 is not installed"):
        own.quantize("span-x2", to)
    with pytest.raises(Unsupported, match="no network"):
        own.quantize("palette-oklab", to)
    with pytest.raises(Invalid, match="there are 1 different pictures; at least 16"):
        own.quantize("halver", to, pictures="name:p7")
    with pytest.raises(Invalid, match="above 0 and at most 1"):
        own.quantize("halver", to, bound=0.0)
    assert not to.exists()
    to.mkdir()
    (to / "mine").touch()
    with pytest.raises(Conflict, match="not an empty folder"):
        own.quantize("halver", to)
    said = ["models", "quantize", "halver", "--to", str(tmp_path / "other")]
    ran = CliRunner().invoke(cli, [*said, "--library", str(tmp_path / "MyAssets")])
    assert ran.exit_code == MissingExtra.code
    assert "pip install audobon[int8]" in ran.output
    assert not (tmp_path / "other").exists()
