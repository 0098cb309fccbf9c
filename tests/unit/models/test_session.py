"""Real networks on the CPU: fed by their contract, checked, tiled, cancelled, without telemetry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from model_files import onnx_bytes

from audobon.errors import Cancelled, Corrupt, Invalid, MissingExtra, Unavailable
from audobon.inference import door
from audobon.inference.enlarge import through_network
from audobon.inference.session import Choice, device_order, open_session
from audobon.model.component import Component, Tensor
from audobon.models.recipes import builtin_components
from audobon.models.running import choice_of

Array = np.ndarray[Any, Any]
F32 = Choice("CPU", "f32")
PICTURE = Tensor("picture", ("n", "h", "w", "3"), "f32", 0, 1, "RGB")


def scene(height: int, width: int) -> Array:
    """Edges, slopes and noise, 0..1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    stripes = (np.sin(x / 3) > 0) * 0.5 + np.cos(y * x / 400) * 0.2 + 0.25
    grain = np.random.default_rng(3).random((height, width)) * 0.05
    return np.stack([stripes + grain, x / width, y / height], -1).clip(0, 1).astype(np.float32)


@pytest.fixture
def span(shared: Path) -> tuple[Path, Component]:
    folder = shared / "audobon" / "models" / "span-x2" / "1.0.0"
    return folder / "model.xml", builtin_components()["span-x2"]


def enlarged(span: tuple[Path, Component], pixels: Array, **settings: Any) -> Array:
    settings = {"alpha": False, "choice": F32, "cache": None, "tile": 96, **settings}
    return through_network(pixels, *span, **settings)


def test_tiles_of_a_real_network_are_the_whole(span: tuple[Path, Component]) -> None:
    pixels = scene(110, 130)
    tiles = enlarged(span, pixels)
    assert tiles.shape == (220, 260, 3)
    assert np.abs(tiles - enlarged(span, pixels, tile=256)).max() < 1e-4
    # With less overlap than the network looks it would show: the margin is what is needed.
    tight = evolve(span[1], settings={**span[1].settings, "pad": 8})
    assert np.abs(enlarged((span[0], tight), pixels) - tiles).max() > 1e-4


def test_background_leaves_a_core_free_and_a_click_takes_all(
    span: tuple[Path, Component],
) -> None:
    class Context:
        background = False

    payload = {"parameters": {"device": "CPU", "precision": "f32"}}
    assert choice_of(payload, Context()).threads == 0  # type: ignore[arg-type]
    Context.background = True
    choice = choice_of(payload, Context())  # type: ignore[arg-type]
    assert choice == Choice("CPU", "f32", threads=max(1, (os.cpu_count() or 1) - 1))
    component = span[1]
    session = open_session(
        *(span[0], component.inputs, component.outputs), choice=choice, shape=(1, 64, 64, 3)
    )
    compiled = session._request.get_compiled_model()
    assert compiled.get_property("INFERENCE_NUM_THREADS") == choice.threads
    assert not compiled.get_property("ENABLE_CPU_PINNING")


def test_it_enlarges(span: tuple[Path, Component]) -> None:
    pixels = scene(64, 64)
    small = enlarged(span, pixels).reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(small - pixels).mean() < 0.01


def test_a_texture_that_tiles_tiles_after_it(span: tuple[Path, Component]) -> None:
    y, x = np.mgrid[0:60, 0:75].astype(np.float32)
    wave = np.sin(2 * np.pi * (3 * x / 75 + 2 * y / 60)) / 2 + 0.5
    pixels = np.stack([wave, wave**2, 1 - wave], -1).astype(np.float32)
    made = enlarged(span, pixels, wrap=True)
    rolled = enlarged(span, np.roll(pixels, (21, 40), (0, 1)), wrap=True)
    assert np.abs(np.roll(made, (42, 80), (0, 1)) - rolled).max() < 1e-4
    assert np.abs(enlarged(span, pixels) - made).max() > 1e-4


def test_depth_and_alpha_are_kept(span: tuple[Path, Component]) -> None:
    wide = np.linspace(20000, 24000, 60 * 60).reshape(60, 60, 1)
    deep = enlarged(span, np.repeat(wide, 3, -1).astype(np.uint16))
    assert deep.dtype == np.uint16
    assert len(np.unique(deep)) > 2000  # 8 bits would leave 16 levels
    pixels = (scene(60, 60) * 255).astype(np.uint8)
    veil = np.zeros((60, 60, 1), np.uint8)
    veil[10:50, 10:50] = 255
    pixels[veil[..., 0] == 0] = 0
    made = enlarged(span, np.concatenate([pixels, veil], -1), alpha=True)
    assert (made.dtype, made.shape) == (np.uint8, (120, 120, 4))
    assert (made[30:90, 30:90, 3] >= 253).all()
    assert (made[:10, :, 3] <= 2).all()
    # What is clear does not darken what is seen beside it.
    whole = enlarged(span, (scene(60, 60) * 255).astype(np.uint8))
    edge = np.abs(made[22:98, 22:24, :3].astype(int) - whole[22:98, 22:24]).mean()
    assert edge < 25
    solid = np.full((40, 40, 2), 128, np.uint8)
    assert (enlarged(span, solid, alpha=True)[..., 1] == 128).all()


def test_light_beyond_one_is_kept(span: tuple[Path, Component]) -> None:
    light = (scene(50, 50) * 40).astype(np.float32)
    light[25, 25] = np.nan
    light[0, 0] = -3
    made = enlarged(span, light)
    assert np.isfinite(made).all()
    assert made.max() > 30
    assert made.min() >= 0


def test_cancel_stops_between_and_inside_tiles(span: tuple[Path, Component]) -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise Cancelled("enough")

    told: list[float] = []
    with pytest.raises(Cancelled):
        enlarged(span, scene(400, 400), check=check, progress=told.append)
    assert calls == 5
    assert max(told, default=0) < 0.5
    assert enlarged(span, scene(20, 20)).shape == (40, 40, 3)  # the session still works


def own(tmp_path: Path, factor: float) -> Any:
    path = tmp_path / "model" / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(onnx_bytes(factor))
    return open_session(path, (evolve(PICTURE, name="x"),), (PICTURE,), choice=F32)


def test_a_request_is_compared_with_the_contract(tmp_path: Path) -> None:
    session = own(tmp_path, 0.5)
    good = np.full((1, 4, 5, 3), 0.5, np.float32)
    assert np.allclose(session.run({"x": good})["picture"], 0.25)
    for bad, said in (
        (good.astype(np.uint8), "uint8 numbers are given"),
        (good[..., :2], r"array of \(1, 4, 5, 2\)"),
        (good[0], "the network takes x: f32"),
        (good * np.nan, "not finite"),
    ):
        with pytest.raises(Invalid, match=said):
            session.run({"x": bad})
    with pytest.raises(Invalid, match="not given"):
        session.run({})


@pytest.mark.parametrize(("factor", "said"), [(float("nan"), "no number"), (1e9, "contract says")])
def test_a_result_that_cannot_be_is_refused(tmp_path: Path, factor: float, said: str) -> None:
    session = own(tmp_path, factor)
    with pytest.raises(Corrupt, match=said) as caught:
        session.run({"x": np.ones((1, 2, 2, 3), np.float32)})
    assert "doctor --devices" in caught.value.hint


def test_devices_and_precisions_are_checked(tmp_path: Path) -> None:
    assert device_order(Choice())[-1] == "CPU"
    with pytest.raises(Invalid, match="no device TPU; there are AUTO, CPU"):
        device_order(Choice("TPU"))
    path = tmp_path / "m" / "1" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no network")
    with pytest.raises(Unavailable, match="no device runs m: CPU"):
        open_session(path, (PICTURE,), (PICTURE,))
    with pytest.raises(Invalid, match="precision"):
        open_session(path, (PICTURE,), (PICTURE,), choice=Choice("CPU", "f64"))


def test_without_openvino_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtra) as caught:
        door.load()
    assert caught.value.hint == "pip install audobon[ai]"


_WATCHED = """
import sys, os
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.fork",
                 "os.posix_spawn", "os.system"):
        seen.append((event, str(arguments)[:200]))
sys.addaudithook(watch)
from pathlib import Path
from audobon.inference import door
from audobon.inference.session import Choice, open_session
from audobon.models.recipes import builtin_components
component = builtin_components()["span-x2"]
open_session(Path(sys.argv[1]), component.inputs, component.outputs,
             choice=Choice("CPU"), shape=(1, 64, 64, 3), cache=Path(sys.argv[2]))
print(seen, os.listdir(os.environ["HOME"]))
"""


def test_no_telemetry_and_a_cache_of_compiled_networks(
    span: tuple[Path, Component], tmp_path: Path
) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", _WATCHED, str(span[0]), str(cache)],
            env={**kept, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "[] []"
        (compiled,) = cache.rglob("*.blob")  # the second process makes no other
    assert compiled.parent.parent == cache
