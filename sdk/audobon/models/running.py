"""The task that runs a pipeline on the picture or the text in a file. In a worker process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from audobon.codec.plain import from_plain
from audobon.errors import Unsupported
from audobon.formats.render.whole import Whole, read_whole, write_whole
from audobon.inference import drawing, finding, painting, posing, reading, remote, steps
from audobon.inference.atwork import open_network, take_used
from audobon.inference.enlarge import through_network
from audobon.inference.session import Choice
from audobon.models.assemble import Step
from audobon.models.convert import NETWORK
from audobon.models.runtexts import read_text, run_texts, takes_text
from audobon.models.squares import ENDS, read_input, run_squares
from audobon.system.folders import cache_folder
from audobon.work.child import TaskContext

__all__ = ["choice_of", "run_on_squares", "run_on_texts", "run_pipeline"]


@define
class _Run:
    """A pipeline at work: ``step`` is the one to do, ``value`` what the last one gave.

    Before the first it is the picture, or None where a step reads what it needs of the file.
    """

    parameters: Mapping[str, Any]
    context: TaskContext
    path: str
    choice: Choice
    files: Mapping[str, str]
    value: Any = None
    step: Step = field(init=False)
    tile: int = 0
    fed: Any = None
    lines: Sequence[reading.Line] = ()
    whole: Whole | None = None

    @property
    def source(self) -> Whole:
        if self.whole is None:
            self.whole = read_whole(self.path, self.context.check)
        return self.whole

    @property
    def cache(self) -> Path:
        return cache_folder() / "compiled"


def run_pipeline(
    payload: Mapping[str, Any], context: TaskContext, whole: Whole | None = None
) -> dict[str, Any]:
    """``{steps, parameters, avoid, path, files, to}`` to ``{values}`` or ``{file}``.

    ``files`` are those of assets that parameters name. A picture is written to
    ``to`` with the ending that fits its depth. ``device`` is what its networks ran on, and
    ``line`` the letterbox for ``vertex``. ``whole`` is the picture where it is read already.
    """
    context.check()
    take_used()
    made = _made(payload, context, whole)
    return {**made, "device": take_used()}


def _made(payload: Mapping[str, Any], context: TaskContext, whole: Whole | None) -> dict[str, Any]:
    parameters, choice = payload["parameters"], choice_of(payload, context)
    todo = [from_plain(plain, Step) for plain in payload["steps"]]
    if takes_text(todo):
        text = read_text(payload["path"])
        return {"values": run_texts([text], todo, parameters, choice, context)[0]}
    run = _Run(parameters, context, payload["path"], choice, payload.get("files", {}))
    run.whole = whole
    if todo[0].component.name not in _SQUARES:
        run.value = run.source
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
    write_whole(path, run.value, context.check)
    return {"file": Path(path).name}


def run_on_squares(payload: Mapping[str, Any], context: TaskContext) -> int:
    """``{steps, parameters, avoid, also, paths}``: see ``models.squares``."""
    context.check()
    return run_squares(payload, context, choice_of(payload, context))


def run_on_texts(payload: Mapping[str, Any], context: TaskContext) -> list[list[float]]:
    """``{texts, steps, parameters, avoid}`` to a vector for each text."""
    context.check()
    todo = [from_plain(plain, Step) for plain in payload["steps"]]
    return run_texts(
        payload["texts"], todo, payload["parameters"], choice_of(payload, context), context
    )


def choice_of(payload: Mapping[str, Any], context: TaskContext) -> Choice:
    """Where and how: with all threads for what somebody waits for, else one core stays free.

    Networks of the device ``vertex`` are asked for through the letterbox ``line`` from now on.
    """
    said = payload["parameters"]
    remote.use(payload.get("line"))
    return Choice(
        said.get("device", "AUTO"),
        said.get("precision", "auto"),
        threads=max(1, (os.cpu_count() or 1) - 1) if context.background else 0,
        avoid=tuple(payload.get("avoid", ())),
    )


def _network(run: _Run) -> None:
    network = Path(run.step.folder) / NETWORK
    component = run.step.component
    if run.tile:
        run.value = _tiled(run, network)
        return
    choice = run.choice
    if choice.precision == "auto" and "precision" in component.settings:
        # For networks that compute places: bf16 tells 256 of them apart.
        choice = evolve(choice, precision=str(component.settings["precision"]))
    session = open_network(
        network, component.inputs, component.outputs, choice=choice, cache=run.cache
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
    run.value = read_input(run.path, int(str(run.step.component.settings["size"])))


def _stretched(run: _Run) -> None:
    source, size = run.source, int(str(run.step.component.settings["size"]))
    run.value = steps.stretched_of(source.pixels, source.kind, alpha=source.alpha, size=size)


def _padded(run: _Run) -> None:
    source, component = run.source, run.step.component
    size, fill = (int(str(component.settings[name])) for name in ("size", "fill"))
    fed = steps.padded_of(source.pixels, source.kind, alpha=source.alpha, size=size, fill=fill)
    run.value = fed[..., ::-1] if component.outputs[0].color == "BGR" else fed


def _things(run: _Run) -> None:
    said, settings = run.parameters, run.step.component.settings
    high, wide = run.source.pixels.shape[:2]
    run.value = finding.things_of(
        run.value,
        str(settings["names"]).split(", "),
        high=high,
        wide=wide,
        size=int(str(settings["size"])),
        threshold=said["threshold"],
        count=said["count"],
    )


def _body(run: _Run) -> None:
    high, wide = run.source.pixels.shape[:2]
    run.value = posing.points_of(run.value["points"], high, wide, run.parameters["threshold"])


def _drawn_body(run: _Run) -> None:
    source, paper = run.source, run.parameters["paper"]
    pixels, kind, alpha = posing.drawn_pose(
        run.value, source.pixels, source.kind, alpha=source.alpha, paper=paper
    )
    # A profile is for the channels that its picture has: that of a grey one is not kept.
    kept = paper == "source" and source.pixels.shape[-1] - source.alpha == 3
    run.value = Whole(pixels, kind, alpha, source.profile if kept else b"")


def _masked(run: _Run) -> None:
    source = run.source
    pixels = steps.masked_of(source.pixels, source.kind, run.value["mask"], alpha=source.alpha)
    run.value = Whole(pixels, source.kind, alpha=True, profile=source.profile)


def _mixture(run: _Run) -> None:
    source, said = run.source, run.parameters
    shares = painting.mixture(said["style"], int(str(run.step.component.settings["styles"])))
    run.fed = painting.paintable(source.pixels, source.kind, alpha=source.alpha, size=said["size"])
    run.value = {"picture": run.fed, "style": shares}


def _liked(run: _Run) -> None:
    like, size = read_whole(run.files["like"]), int(str(run.step.component.settings["size"]))
    run.value = steps.square_of(like.pixels, like.kind, alpha=like.alpha, size=size)


def _to_be_like(run: _Run) -> None:
    source, size = run.source, run.parameters["size"]
    run.fed = painting.paintable(source.pixels, source.kind, alpha=source.alpha, size=size)
    run.value = {"picture": run.fed, **run.value}


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
    run.value = [line.head for line in run.lines]


def _line_sides(run: _Run) -> None:
    run.lines = reading.sides_of(run.lines, [each["turned"] for each in run.value])
    run.value = [line.fed for line in run.lines]


def _line_letters(run: _Run) -> None:
    note = Path(run.step.data["ppocr-letters"]) / "note.txt"
    letters = reading.letters_of(note.read_text("utf-8"))
    given = [each["letters"] for each in run.value]
    high, wide = run.source.pixels.shape[:2]
    run.value = reading.read_letters(
        run.lines, given, letters, run.parameters["threshold"], (high, wide)
    )


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
    run.whole = Whole(height, source.kind)


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


def _end(run: _Run) -> None:
    run.value = ENDS[run.step.component.name](run.value, run.step, run.parameters)


_SQUARES = ("square-224", "square-260")
_STEPS: Mapping[str, Callable[[_Run], None]] = {
    **dict.fromkeys(_SQUARES, _square),
    "stretched-1024": _stretched,
    "masked": _masked,
    "padded-416": _padded,
    "coco-things": _things,
    "padded-256": _padded,
    "body-points": _body,
    "drawn-body": _drawn_body,
    "style-mixture": _mixture,
    "liked-256": _liked,
    "to-be-like": _to_be_like,
    "painted": _painted,
    "text-sized": _text_sized,
    "text-lines": _text_lines,
    "line-sides": _line_sides,
    "line-letters": _line_letters,
    "sixteenths": _drawable,
    "drawn": _drawn,
    "tiles": _tiles,
    "joined": _joined,
    **dict.fromkeys(ENDS, _end),
    "palette-oklab": _palette,
    "height-bands": _height,
    "normals": _normals,
    "quilt": _quilt,
}
