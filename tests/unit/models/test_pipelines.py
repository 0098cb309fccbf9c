"""Pipelines over assets of a library: real photographs, real networks, new files and assets."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from model_files import RECIPE, write_recipe
from PIL import Image, ImageOps

import audobon
from audobon.cli.root import cli
from audobon.errors import BadFile, Cancelled, Corrupt, Invalid, NotFound, Unavailable
from audobon.models.registry import Models


def run(lib: audobon.Library, pipeline: str, refs: Any, **params: Any) -> dict[str, Any]:
    """Run it here and now, in worker processes of this process."""
    job = lib.run(pipeline, refs, **params)
    lib.work()
    result: dict[str, Any] = job.result()
    return result


def pixels(path: str | Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image)


def values(lib: audobon.Library, pipeline: str, ref: str, **params: Any) -> Any:
    return run(lib, pipeline, ref, **params)["results"][0]["values"]


def test_palette(lib: audobon.Library) -> None:
    colors = values(lib, "palette", "flower.jpg", count=4)
    assert len(colors) == 4
    assert abs(sum(row["share"] for row in colors) - 1) < 0.01
    red, green, blue = (int(colors[0]["color"][at : at + 2], 16) for at in (1, 3, 5))
    assert max(red, green, blue) < 90  # the dark leaves behind the flower


def test_tags_are_suggested_and_nothing_is_tagged(lib: audobon.Library) -> None:
    found = values(lib, "tags", "china.jpg", threshold=0.2)
    assert {row["tag"] for row in found} == {"bell tower", "palace"}
    assert all(0.2 <= row["score"] <= 1 for row in found)
    assert values(lib, "tags", "flower.jpg", threshold=0.05)[0]["tag"] == "daisy"
    assert values(lib, "tags", "flower.jpg", threshold=0.99) == []
    assert lib.get("china.jpg").tags == ()


def test_embeddings_find_edited_pictures(lib: audobon.Library, tmp_path: Path) -> None:
    edited = tmp_path / "MyAssets" / "edited"
    edited.mkdir()
    with Image.open(tmp_path / "MyAssets" / "china.jpg") as image:
        image.save(edited / "q20.jpg", quality=20)
        ImageOps.mirror(image).save(edited / "flipped.jpg")
        image.convert("L").save(edited / "grey.png")
        image.crop((100, 40, 600, 400)).save(edited / "crop.jpg")
    lib.add([edited])
    names = ["china.jpg", "flower.jpg", *(f"edited/{p.name}" for p in sorted(edited.iterdir()))]
    result = run(lib, "embed", names)
    vectors = {row["path"]: np.array(row["values"]) for row in result["results"]}
    assert {len(vector) for vector in vectors.values()} == {1280}
    alike = {name: float(vector @ vectors["china.jpg"]) for name, vector in vectors.items()}
    assert abs(alike["china.jpg"] - 1) < 1e-3
    others = [score for name, score in alike.items() if name.startswith("edited/")]
    assert min(others) > alike["flower.jpg"] + 0.1


def test_upscale_gives_an_asset_that_knows_where_it_comes_from(
    lib: audobon.Library, tmp_path: Path
) -> None:
    source = tmp_path / "MyAssets" / "small.png"
    before = source.read_bytes()
    (row,) = run(lib, "upscale", "small.png", backbone="span-x2")["results"]
    made = lib.get(row["made"]["asset"])
    assert (made.path, made.width, made.height) == ("small-upscaled.png", 200, 160)
    (edge,) = lib.related(made)
    assert (edge.src, edge.kind, edge.dst) == (made.id, "derived_from", lib.get("small.png").id)
    assert made.attributes["pipeline"] == "upscale"
    assert "span-x2 1.0.0" in str(made.attributes["components"])
    assert source.read_bytes() == before
    large, small = (pixels(path).astype(float) for path in (made.file, source))
    assert np.abs(large.reshape(80, 2, 100, 2, 3).mean((1, 3)) - small).mean() < 3


def test_the_same_again_computes_and_writes_nothing(lib: audobon.Library, tmp_path: Path) -> None:
    first = run(lib, "normal", "small.png")
    results = lib.state_path / "derived" / "results"
    stamps = {path: path.stat().st_ino for path in results.rglob("*.*")}
    files = sorted((tmp_path / "MyAssets").iterdir())
    assert run(lib, "normal", "small.png") == first
    assert {path: path.stat().st_ino for path in results.rglob("*.*")} == stamps
    assert sorted((tmp_path / "MyAssets").iterdir()) == files
    other = run(lib, "normal", "small.png", strength=3.0)["results"][0]["made"]
    assert other["path"] == "small-normal-2.png"  # nothing is written over
    Image.new("RGB", (20, 20), (9, 200, 30)).save(tmp_path / "MyAssets" / "small.png")
    changed = run(lib, "normal", "small.png")["results"][0]["made"]
    assert changed["path"] == "small-normal-3.png"
    assert pixels(changed["file"]).shape == (20, 20, 3)


def test_maps_and_textures_without_weights(lib: audobon.Library) -> None:
    normal = run(lib, "normal", "small.png", style="directx")["results"][0]["made"]["file"]
    vectors = pixels(normal).astype(float) / 127.5 - 1
    assert np.abs(np.linalg.norm(vectors, axis=-1) - 1).max() < 0.02
    height = run(lib, "height", "small.png")["results"][0]["made"]["file"]
    assert pixels(height).dtype == np.uint16
    tile = run(lib, "seamless", "flower.jpg")["results"][0]["made"]["file"]
    made = pixels(tile).astype(float)
    assert made.shape == (427, 640, 3)
    inside = np.abs(np.diff(made, axis=1)).mean()
    assert np.abs(made[:, 0] - made[:, -1]).mean() < 2 * inside


def test_one_bad_asset_fails_alone(lib: audobon.Library, tmp_path: Path) -> None:
    root = tmp_path / "MyAssets"
    noise = np.random.default_rng(1).integers(0, 255, (80, 100, 3), np.uint8)
    Image.fromarray(noise).save(root / "bad.png")
    data = bytearray((root / "bad.png").read_bytes())
    data[2000:2100] = bytes(100)
    (root / "bad.png").write_bytes(data)
    (root / "notes.txt").write_text("no picture")
    lib.add([root])
    result = run(lib, "palette", ["small.png", "bad.png", "notes.txt"])
    assert [row["path"] for row in result["results"]] == ["small.png"]
    codes = {lib.get(row["asset"]).path: row["error"]["code"] for row in result["failed"]}
    assert codes == {"bad.png": BadFile.code, "notes.txt": BadFile.code}
    with pytest.raises(BadFile, match=r"bad\.png"):
        run(lib, "palette", "bad.png")


def test_new_files_go_where_they_are_wanted(lib: audobon.Library, tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    made = run(lib, "normal", "small.png", to=tmp_path / "maps")["results"][0]["made"]
    assert made["file"] == str(tmp_path / "maps" / "small-normal.png")
    assert lib.get(made["file"]).id == made["asset"]
    with pytest.raises(NotFound, match="absent"):
        lib.run("normal", "small.png", to=tmp_path / "absent")
    with pytest.raises(Invalid, match="writes no files"):
        lib.run("palette", "small.png", to=tmp_path)


@pytest.mark.parametrize(
    ("pipeline", "params", "said"),
    [
        ("palette", {"count": 0}, "count=0; whole numbers from 1 to 32"),
        ("palette", {"count": 2.5}, r"count=2\.5"),
        ("palette", {"count": True}, "count=True"),
        ("palette", {"colour": 2}, "no parameter 'colour'; it has count"),
        ("palette", {"backbone": "span-x2"}, "no backbone"),
        ("normal", {"style": "up"}, "one of opengl, directx"),
        ("normal", {"wrap": "yes"}, "true or false"),
        ("tags", {"precision": "f8"}, "auto, f32, f16, bf16"),
    ],
)
def test_parameters_are_checked_before_anything_is_queued(
    lib: audobon.Library, pipeline: str, params: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        lib.run(pipeline, "small.png", **params)
    assert not [job for job in lib.jobs() if job.kind == "run"]


def test_what_is_not_there_is_told(lib: audobon.Library) -> None:
    with pytest.raises(NotFound, match=r"no pipeline 'upscal'; there are .*upscale"):
        lib.run("upscal", "small.png")
    with pytest.raises(Unavailable, match="span-x4 is not installed") as caught:
        lib.run("upscale", "small.png")
    assert "models install upscale" in caught.value.hint
    with pytest.raises(Unavailable, match="realesrgan-x4 is not installed") as caught:
        lib.run("upscale", "small.png", backbone="realesrgan-x4")
    assert "models install realesrgan-x4" in caught.value.hint
    with pytest.raises(NotFound):
        lib.run("palette", "absent.png")


def test_components_that_do_not_fit_are_refused_side_by_side(lib: audobon.Library) -> None:
    with pytest.raises(Invalid) as caught:
        lib.run("tags", "small.png", backbone="span-x2")
    assert caught.value.message.startswith("span-x2 cannot follow square-224: type u8, not f32")
    assert "picture: u8 [n, 224, 224, 3] 0..255 RGB | picture: f32 [n, h, w, 3] 0..1 RGB" in str(
        caught.value
    )


def test_an_own_model_in_a_pipeline(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    settings = "[settings]\nfactor = 1\npad = 4\n"
    recipe = write_recipe(tmp_path / "mine", RECIPE + settings)
    Models().install(recipe)
    made = run(lib, "upscale", "small.png", backbone="halver", device="CPU")["results"][0]["made"]
    dark = pixels(made["file"]).astype(float)
    light = pixels(tmp_path / "MyAssets" / "small.png").astype(float)
    assert np.abs(dark - light / 2).max() <= 2  # bf16 on CPUs that have it
    assert "halver 1.0.0" in str(lib.get(made["asset"]).attributes["components"])


def test_a_network_that_is_not_what_its_recipe_says(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    recipe = write_recipe(tmp_path / "mine", RECIPE + "[settings]\nfactor = 2\npad = 4\n")
    Models().install(recipe)
    with pytest.raises(Corrupt, match=r"gives 256 x 256 pixels .* it gives 512 x 512"):
        run(lib, "upscale", "small.png", backbone="halver")
    assert not (tmp_path / "MyAssets" / "small-upscaled.png").exists()


def test_a_job_in_the_background_and_its_cancel(lib: audobon.Library) -> None:
    job = lib.run("palette", "small.png")
    assert job.result(timeout=60)["results"][0]["path"] == "small.png"
    assert (job.state, job.progress) == ("done", 1.0)
    waiting = lib.run("seamless", "china.jpg")
    waiting.cancel()
    with pytest.raises(Cancelled):
        waiting.result(timeout=60)
    assert waiting.state == "cancelled"


def command(*arguments: str | Path, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cli, [*map(str, arguments), "--json"])
    assert done.exit_code == status, done.output
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_on_the_command_line(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "MyAssets")
    told = command("run", "normal", "small.png", "--set", "strength=2.5", "--set", "wrap=yes")
    made = told["results"][0]["made"]
    assert os.path.isfile(made["file"])
    assert "strength=2.5 style=opengl wrap=True" in lib.get(made["asset"]).attributes["parameters"]
    error = command("run", "upscale", "small.png", status=50)["error"]
    assert "span-x4" in error["message"]
    assert command("run", "normal", "small.png", "--set", "strength", status=10)
    shown = CliRunner().invoke(cli, ["run", "palette", "small.png", "--set", "count=1"])
    assert shown.stdout.startswith("small.png: #")
    assert shown.stdout.endswith(" 100 %\n")
    shown = CliRunner().invoke(cli, ["run", "upscale", "small.png"])
    assert "upscale cannot run: the component span-x4 is not installed" in shown.stderr
    assert "'audobon models install upscale' gets it" in shown.stderr
    assert "it asks about a licence first" in shown.stderr
    shown = CliRunner().invoke(cli, ["run", "tags", "china.jpg", "--set", "threshold=0.2"])
    assert shown.stdout.startswith("china.jpg: ")
    assert "audobon suggest" in shown.stderr


def test_the_command_line_says_what_there_is(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no library is needed for that
    rows = {row["name"]: row for row in command("run")["pipelines"]}
    assert rows["normal"]["missing"] == rows["tags"]["missing"] == []
    assert rows["upscale"]["missing"] == ["span-x4"]
    parts = ("cls", "det", "letters", "rec")
    assert set(rows["ocr"]["missing"]) == {f"ppocr-{part}" for part in parts}
    assert rows["ocr"]["to_fetch"] == 27288134  # one package, not three
    shown = CliRunner().invoke(cli, ["run"]).stdout
    assert re.search(r"^normal +ready +A normal map", shown, re.MULTILINE)
    assert "'audobon models install PIPELINE'" in shown
    shown = CliRunner().invoke(cli, ["run", "normal"]).stdout
    assert "--set strength=1.0  How steep." in shown
    assert "device" not in shown
    assert "--set device=AUTO" in CliRunner().invoke(cli, ["run", "upscale"]).stdout
    assert command("run", "palett", status=20)["error"]["hint"] == "did you mean palette?"
    monkeypatch.chdir(tmp_path / "MyAssets")
    error = command("run", "palett", "small.png", status=20)["error"]
    assert error["hint"] == "did you mean palette?"


def test_one_that_fails_is_named(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "MyAssets")
    Image.new("RGB", (9, 9)).save("tiny.png")
    (tmp_path / "out").mkdir()
    lib.add([tmp_path / "MyAssets"])
    asked = ["run", "seamless", "tiny.png", "small.png", "--to", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    made = tmp_path / "out" / "small-seamless.png"
    assert done.stdout.splitlines() == [
        f"small.png -> {made}",
        "tiny.png: failed: a picture of 9 x 9 pixels is too small to tile; "
        "both sides need 16 pixels",
    ]
    assert CliRunner().invoke(cli, ["run", "seamless", "tiny.png", "tiny.png"]).exit_code == 10


def test_doctor_tries_devices(home: Path) -> None:
    told = command("doctor", "--devices")
    trials = {(row["component"], row["device"]): row for row in told["trials"]}
    for name in ("span-x2", "efficientnet-lite0"):
        row = trials[name, "CPU"]
        assert row["cosine"] >= 0.99
        assert row["reason"] == ""
        assert row["seconds"] > 0
    assert told["avoided"] == {}


def test_a_bad_device_is_not_taken_by_auto(home: Path, tmp_path: Path) -> None:
    from audobon.inference.session import Choice, device_order

    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "devices.json").write_text('{"GPU.0": "it gives other results", "CPU": "never"}')
    avoided = Models(folder).avoided()
    assert avoided == {"GPU.0": "it gives other results"}
    assert device_order(Choice(avoid=tuple(avoided)))[-1] == "CPU"
