"""Pictures computed on this machine: what is installed is shown, the rest is told how to get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.codec.words import human_size
from audobon.demo.page import Card, Page
from audobon.demo.samples import grainy_study, small_study
from audobon.errors import AudobonError
from audobon.library import Library
from audobon.model.asset import Asset
from audobon.models.missing import Missing, missing_for
from audobon.models.recipes import builtin_pipelines
from audobon.models.registry import Models

__all__ = ["local_ai"]

Tell = Callable[[str], None]
Show = Callable[..., Card]

_PICTURES = {
    "texture": ("normal", "height", "seamless"),
    "photo": ("cutout", "lineart", "style"),
    "grainy": ("denoise",),
    "small": ("upscale",),
}
"""What is run over each source; it is shown once, before all that is made of it."""
_VALUES = ("palette", "tags")


def local_ai(lib: Library, page: Page, tell: Tell, show: Show) -> None:
    """Every pipeline that can be run, before and after; a table of those that cannot."""
    sources = _sources(lib)
    models = Models()
    lacking = {name: missing_for(models, name) for name in sorted(builtin_pipelines())}
    page.step(
        "Computed on this machine",
        "In worker processes, without a network. A result is a new file beside its source, and an "
        "asset that is derived from it; nothing is written over.",
        'lib.run("normal", texture)\nlib.run("seamless", texture)\nlib.run("palette", photo)',
    )
    for kind, names in _PICTURES.items():
        source = sources[kind]
        cards = [show(lib, source, f"before: {source.width} x {source.height}")]
        for name in names:
            if not lacking[name].components:
                cards += _made(lib, page, tell, show, name, source)
        if len(cards) > 1:
            page.cards(cards, wide=True)
    for name in _VALUES:
        if not lacking[name].components:
            _said(lib, page, tell, name, sources["photo"])
    _offered(page, tell, {name: lack for name, lack in lacking.items() if lack.components})


def _sources(lib: Library) -> dict[str, Asset]:
    texture = next(hit.asset for hit in lib.search("tag:outdoor").hits)
    photo = next(
        (hit.asset for name in ("chelsea", "coffee") for hit in lib.search(f"name:{name}").hits),
        lib.get("paintings/sunset_study.png"),
    )
    paintings = Path(lib.path) / "paintings"
    small, grainy = paintings / "small_study.png", paintings / "grainy_study.png"
    small_study(small)
    grainy_study(grainy)
    lib.add([small, grainy])
    return {
        "texture": texture,
        "photo": photo,
        "small": lib.get(str(small)),
        "grainy": lib.get(str(grainy)),
    }


def _run(
    lib: Library, page: Page, tell: Tell, pipeline: str, source: Asset
) -> Mapping[str, Any] | None:
    try:
        job = lib.run(pipeline, source)
        lib.work()
        (row,) = job.result()["results"]
    except AudobonError as error:
        tell(f"{pipeline}: {error.message}")
        page.verdict(f"{pipeline}: {error}", good=False)
        return None
    found: Mapping[str, Any] = row
    return found


def _made(
    lib: Library, page: Page, tell: Tell, show: Show, pipeline: str, source: Asset
) -> list[Card]:
    row = _run(lib, page, tell, pipeline, source)
    if row is None:
        return []
    made = lib.get(row["made"]["asset"])
    tell(f"{pipeline}: made {made.path}")
    summary = builtin_pipelines()[pipeline].summary
    return [show(lib, made, f"{pipeline}: {made.width} x {made.height}", summary)]


def _said(lib: Library, page: Page, tell: Tell, pipeline: str, source: Asset) -> None:
    row = _run(lib, page, tell, pipeline, source)
    if row is None:
        return
    words = [" ".join(_words(value)) for value in row["values"]]
    tell(f"{pipeline}: {len(words)} values")
    page.output(f'lib.run("{pipeline}", "{source.path}")\n{", ".join(words) or "nothing"}')


def _words(value: Mapping[str, Any]) -> Sequence[str]:
    return [
        f"{100 * part:.0f} %" if isinstance(part, float) else str(part) for part in value.values()
    ]


def _offered(page: Page, tell: Tell, lacking: Mapping[str, Missing]) -> None:
    """What a command away is; nothing is fetched by itself."""
    if not lacking:
        return
    tell(f"{len(lacking)} pipelines need weights that are not installed")
    page.table(
        [
            (name, builtin_pipelines()[name].summary, _command(name, lack), human_size(lack.size))
            for name, lack in lacking.items()
        ],
        head=("not installed", "gives", "the command that gets it", "fetches"),
    )


def _command(name: str, lack: Missing) -> str:
    return f"audobon models install {name}{' --accept' if lack.asks else ''}"
