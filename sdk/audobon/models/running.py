"""The task that runs a pipeline on the picture or the text in a file. In a worker process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from audobon.codec.plain import from_plain
from audobon.errors import Unsupported
from audobon.formats.render.whole import Whole, read_whole, write_whole
from audobon.inference import drawing, painting, reading, steps
from audobon.inference.atwork import open_network
from audobon.inference.enlarge import through_network
from audobon.inference.session import Choice
from audobon.models.assemble import Step
from audobon.models.convert import NETWORK
from audobon.models.runtexts import read_text, run_texts, takes_text
from audobon.system.folders import cache_folder
from audobon.work.child import TaskContext

__all__ = ["run_on_texts", "run_pipeline"]


@define
class _Run:
    """A pipeline at work: ``step`` is the one to do, ``value`` what the last one gave."""

    parameters: Mapping[str, Any]
    context: TaskContext
    source: Whole
    choice: Choice
    value: Any
    step: Step = field(init=False)
    tile: int = 0
    fed: Any = None
    lines: Sequence[reading.Line] = ()

    @property
    def cache(self) -> Path:
        return cache_folder() / "compiled"


def run_pipeline(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{steps, parameters, avoid, path, to}`` to ``{values}`` or ``{file}``.

    A picture is written to ``to`` with the ending that fits its depth.
    """
    context.check()
    parameters, choice = payload["parameters"], _choice(payload)
    todo = [from_plain(plain, Step) for plain in payload["steps"]]
    if takes_text(todo):
        text = read_text(payload["path"])
        return {"values": run_texts([text], todo, parameters, choice, context)[0]}
    source = read_whole(payload["path"])
    run = _Run(parameters, context, source, choice, source)
    for step in todo:
        context.check()
        run.step = step
        work = _STEPS.get(run.step.component.name)
        if work is None:
            if run.step.component.role not in ("backbone", "head"):
                raise Unsupported(
                    f"the step {run.step.component.name} is not known to this version"
                )
            work = _network
        work(run)
    if not isinstance(run.value, Whole):
        return {"values": run.value}
    path = payload["to"] + (".png" if run.value.kind in ("u8", "u16") else ".exr")
    write_whole(path, run.value)
    return {"file": Path(path).name}


def run_on_texts(payload: Mapping[str, Any], context: TaskContext) -> list[list[float]]:
    """``{texts, steps, parameters, avoid}`` to a vector for each text."""
    context.check()
    todo = [from_plain(plain, Step) for plain in payload["steps"]]
    return run_texts(payload["texts"], todo, payload["parameters"], _choice(payload), context)


def _choice(payload: Mapping[str, Any]) -> Choice:
    said = payload["parameters"]
    return Choice(
        said.get("device", "AUTO"),
        said.get("precision", "auto"),
        avoid=tuple(payload.get("avoid", ())),
    )


def _network(run: _Run) -> None:
    network = Path(run.step.folder) / NETWORK
    component = run.step.component
    if run.tile:
        run.value = _tiled(run, network)
        return
    session = open_network(
        network, component.inputs, component.outputs, choice=run.choice, cache=run.cache
    )
    if isinstance(run.value, list):  # one after the other: they differ in size
        run.value = [
            session.run({component.inputs[0].name: each}, run.context.check) for each in run.value
        ]
        return
    feed = run.value if isinstance(run.value, dict) else {component.inputs[0].name: run.value}
    run.value = session.run(feed, run.context.check)


def _tiled(run: _Run, network: Path) -> Whole:
    source: Whole = run.value
    choice = run.choice
    if choice.precision == "auto" and source.kind != "u8":
        # bf16 keeps a thousand of the 65,536 levels that the picture has.
        choice = Choice(choice.device, "f32", choice.threads, choice.avoid)
    pixels = through_network(
        *(source.pixels, network, run.step.component),
        alpha=source.alpha,
        choice=choice,
        cache=run.cache,
        wrap=bool(run.parameters.get("wrap", False)),
        tile=run.tile,
        check=run.context.check,
        progress=run.context.progress,
    )
    return Whole(pixels, source.kind, source.alpha, source.profile)


def _tiles(run: _Run) -> None:
    run.tile = int(str(run.step.component.settings["tile"]))


def _joined(run: _Run) -> None:
    del run  # the pieces are put together as they are made


def _square(run: _Run) -> None:
    source, size = run.source, int(str(run.step.component.settings["size"]))
    run.value = steps.square_of(source.pixels, source.kind, alpha=source.alpha, size=size)


def _stretched(run: _Run) -> None:
    source, size = run.source, int(str(run.step.component.settings["size"]))
    run.value = steps.stretched_of(source.pixels, source.kind, alpha=source.alpha, size=size)


def _masked(run: _Run) -> None:
    source = run.source
    pixels = steps.masked_of(source.pixels, source.kind, run.value["mask"], alpha=source.alpha)
    run.value = Whole(pixels, source.kind, alpha=True, profile=source.profile)


def _mixture(run: _Run) -> None:
    source, said = run.source, run.parameters
    shares = painting.mixture(said["style"], int(str(run.step.component.settings["styles"])))
    run.fed = painting.paintable(source.pixels, source.kind, alpha=source.alpha, size=said["size"])
    run.value = {"picture": run.fed, "style": shares}


def _painted(run: _Run) -> None:
    source, said = run.source, run.parameters
    pixels, kind = painting.painted(
        *(run.value["picture"], run.fed, source.pixels, source.kind),
        alpha=source.alpha,
        size=said["size"],
        strength=said["strength"],
    )
    run.value = Whole(pixels, kind, source.alpha, source.profile)


def _drawable(run: _Run) -> None:
    source, multiple = run.source, int(str(run.step.component.settings["multiple"]))
    run.value = drawing.drawable(
        source.pixels, source.kind,
        alpha=source.alpha, size=run.parameters["size"], multiple=multiple,
    )  # fmt: skip


def _drawn(run: _Run) -> None:
    said, (high, wide) = run.parameters, run.source.pixels.shape[:2]
    kind = "u8" if run.source.kind == "u8" else "u16"
    paper = said["paper"]
    pixels = drawing.drawn(
        run.value["edges"], high, wide, kind, paper=paper, strength=said["strength"]
    )
    run.value = Whole(pixels, kind, alpha=paper == "none")  # its profile is for colours


def _text_sized(run: _Run) -> None:
    source = run.source
    run.value = reading.sized(source.pixels, source.kind, alpha=source.alpha)


def _text_lines(run: _Run) -> None:
    source, mask = run.source, run.value["mask"]
    run.lines = reading.lines_of(mask, source.pixels, source.kind, alpha=source.alpha)
    run.value = [line.pixels for line in run.lines]


def _line_letters(run: _Run) -> None:
    note = Path(run.step.data["ppocr-letters"]) / "note.txt"
    letters = reading.letters_of(note.read_text("utf-8"))
    given = [each["letters"] for each in run.value]
    run.value = reading.read_letters(run.lines, given, letters, run.parameters["threshold"])


def _palette(run: _Run) -> None:
    source, count = run.source, run.parameters["count"]
    run.value = steps.palette_of(source.pixels, source.kind, alpha=source.alpha, count=count)


def _height(run: _Run) -> None:
    source, said = run.source, run.parameters
    height = steps.height_of(
        source.pixels, source.kind, alpha=source.alpha, wrap=said["wrap"], detail=said["detail"]
    )
    # 16 bits whatever the source has: 8 make steps in a displaced surface.
    run.value = Whole(steps.stored(height, "u16"), "u16")
    run.source = Whole(height, source.kind)


def _normals(run: _Run) -> None:
    said = run.parameters
    made = steps.normals_of(
        run.source.pixels,
        wrap=said["wrap"],
        strength=said["strength"],
        directx=said["style"] == "directx",
    )
    kind = "u8" if run.source.kind == "u8" else "u16"
    run.value = Whole(steps.stored(made, kind), kind)


def _quilt(run: _Run) -> None:
    source = run.source
    pixels = steps.seamless_of(
        *(source.pixels, source.kind),
        alpha=source.alpha,
        even=run.parameters["even"],
        check=run.context.check,
    )
    run.value = Whole(pixels, source.kind, source.alpha, source.profile)


def _class_names(run: _Run) -> None:
    folder = Path(run.step.data["imagenet-names"])
    names = json.loads((folder / "imagenet1k_clean_names.json").read_bytes())
    said = run.parameters
    run.value = steps.scores_of(
        run.value["logits"], names, threshold=said["threshold"], count=said["count"]
    )


def _vector(run: _Run) -> None:
    run.value = steps.vector_of(run.value["features"])


_STEPS: Mapping[str, Callable[[_Run], None]] = {
    "square-224": _square,
    "square-260": _square,
    "stretched-1024": _stretched,
    "masked": _masked,
    "style-mixture": _mixture,
    "painted": _painted,
    "text-sized": _text_sized,
    "text-lines": _text_lines,
    "line-letters": _line_letters,
    "sixteenths": _drawable,
    "drawn": _drawn,
    "tiles": _tiles,
    "joined": _joined,
    "class-names": _class_names,
    "unit-vector": _vector,
    "palette-oklab": _palette,
    "height-bands": _height,
    "normals": _normals,
    "quilt": _quilt,
}
