"""``audobon run``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, one_line
from audobon.errors import Invalid, error_from_code
from audobon.models.recipes import builtin_pipelines
from audobon.services.queue import Job

_LOOK_S = 0.05  # as quick as the eye, and one indexed query
_STEPS = 1000


def _pipelines(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in builtin_pipelines() if name.startswith(incomplete)]


@verb("run")
@click.argument("pipeline", shell_complete=_pipelines)
@click.argument("assets", nargs=-1, required=True, shell_complete=complete.assets)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the pipeline."
)
@click.option("--backbone", metavar="NAME", help="The component to use as its network.")
@click.option("--device", metavar="DEVICE", help="AUTO, CPU, GPU, NPU.")
@click.option("--to", metavar="FOLDER", type=click.Path(), help="Put new files here.")
def command(
    out: Output,
    library: str | None,
    pipeline: str,
    assets: tuple[str, ...],
    settings: tuple[str, ...],
    backbone: str | None,
    device: str | None,
    to: str | None,
) -> None:
    """Run PIPELINE over ASSETS in a worker, and wait for it."""
    params = dict(map(_setting, settings))
    found = builtin_pipelines().get(pipeline)
    for each in found.parameters if found is not None else ():
        if each.kind == "asset" and each.name in params:
            params[each.name] = asset_argument(_text(settings, each.name))
    params |= {k: v for k, v in (("backbone", backbone), ("device", device)) if v is not None}
    with open_library(library, writes=True) as opened:
        job = opened.run(pipeline, [asset_argument(each) for each in assets], to=to, **params)
        with progress_bar(out, pipeline) as (progress, cancel):
            _wait(job, progress, cancel)
        result = job.result()
        failed = [item["error"] for item in result["failed"]]
        lines = [_line(item) for item in result["results"]]
        lines += [f"failed: {one_line(error['message'])}" for error in failed]
        first = None
        if failed and not result["results"]:
            first = error_from_code(failed[0]["code"], f"{counted(len(failed), 'asset')} failed")
        out.result({"job": job.id, **result}, "\n".join(lines), error=first)


def _wait(job: Job, progress: Callable[[int, int | None, str], None], cancel: Any) -> None:
    """Follow the job to its end; a wish to stop is passed on."""
    began = False
    while job.state in ("queued", "running"):
        if not began:
            job.start()
            began = True
        if cancel():
            job.cancel()
        progress(round(job.progress * _STEPS), _STEPS, "")
        time.sleep(_LOOK_S)


def _setting(text: str) -> tuple[str, Any]:
    name, mark, value = text.partition("=")
    if not mark:
        raise Invalid(f"{text!r} is not NAME=VALUE", subject=text)
    return name, _typed(value)


def _text(settings: Sequence[str], name: str) -> str:
    """The last value of a setting as it was typed."""
    return [text.partition("=")[2] for text in settings if text.partition("=")[0] == name][-1]


def _typed(value: str) -> Any:
    """Numbers, yes and no as such; everything else is text."""
    if value.lower() in ("yes", "true", "no", "false"):
        return value.lower() in ("yes", "true")
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _line(item: dict[str, Any]) -> str:
    if "made" in item:
        return f"{item['path']} -> {item['made']['path']}"
    return f"{item['path']}: {_shown(item['values'])}"


def _shown(values: Sequence[Any]) -> str:
    if values and isinstance(values[0], dict):
        return ", ".join(" ".join(_words(value)) for value in values)
    if values:
        return f"{len(values)} numbers"
    return "nothing"


def _words(value: dict[str, Any]) -> list[str]:
    """What people read of one value; places are for programs."""
    return [str(part) for part in value.values() if not isinstance(part, list)]
