"""``audobon run``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from audobon.cli import complete, run_text
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.words import counted, one_line
from audobon.errors import Invalid, error_from_code
from audobon.model.component import Pipeline
from audobon.models.assemble import parameters_of, pipeline_named
from audobon.models.missing import missing_for
from audobon.models.recipes import builtin_pipelines
from audobon.models.registry import Models
from audobon.services.core.queue import Job

_LOOK_S = 0.05  # as quick as the eye, and one indexed query
_STEPS = 1000


def _pipelines(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in builtin_pipelines() if name.startswith(incomplete)]


def _offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Parameters of the pipeline that is typed, and what each can be."""
    # Behind an option without its value yet, click leaves the words before it as they are.
    typed = ctx.params.get("pipeline") or next(iter(ctx.args), "")
    found = builtin_pipelines().get(str(typed))
    each = {known.name: known for known in found.parameters} if found is not None else {}
    name, mark, value = incomplete.partition("=")
    if not mark:
        texts = [f"{word}=" for word in each if word.startswith(name)]
    elif name in each and each[name].kind == "asset":
        texts = [f"{name}={item.value}" for item in complete.assets(ctx, param, value)]
    else:
        choices = each[name].choices if name in each else ()
        texts = [f"{name}={choice}" for choice in choices if choice.startswith(value)]
    return [CompletionItem(text) for text in texts]


@verb("run")
@click.argument("pipeline", required=False, shell_complete=_pipelines)
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option(
    *("--set", "settings"),
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the pipeline.",
    shell_complete=_offered,
)
@click.option("--backbone", metavar="NAME", help="The component to use as its network.")
@click.option("--device", metavar="DEVICE", help="AUTO, CPU, GPU, NPU, vertex.")
@click.option("--to", metavar="FOLDER", type=click.Path(), help="Put new files here.")
def command(
    out: Output,
    library: str | None,
    pipeline: str | None,
    assets: tuple[str, ...],
    settings: tuple[str, ...],
    backbone: str | None,
    device: str | None,
    to: str | None,
) -> None:
    """Run PIPELINE over ASSETS in a worker, and wait for it.

    Without ASSETS it tells of the pipeline and its parameters, without
    PIPELINE of all there are.
    """
    if pipeline is None or not assets:
        _tell(out, pipeline)
        return
    params = dict(map(setting, settings))
    found = builtin_pipelines().get(pipeline)
    for each in found.parameters if found is not None else ():
        if each.kind == "asset" and each.name in params:
            params[each.name] = asset_argument(_text(settings, each.name))
    params |= {k: v for k, v in (("backbone", backbone), ("device", device)) if v is not None}
    with open_library(library, writes=True) as opened:
        job = opened.run(pipeline, [asset_argument(each) for each in assets], to=to, **params)
        with progress_bar(out, pipeline) as (progress, cancel):
            _wait(job, len(assets), progress, cancel)
        result = job.result()
        lines = [run_text.told(item, elsewhere=to is not None) for item in result["results"]]
        first = None
        for item in result["failed"]:
            error, path = item["error"], opened.get(item["asset"]).path
            lines.append(f"{one_line(path)}: failed: {one_line(error['message'])}")
            first = first or error_from_code(
                error["code"], f"{counted(len(result['failed']), 'asset')} failed"
            )
        if result["results"]:
            first = None  # the rest is what was asked for
        if "note" in result:
            out.note(result["note"])
        out.result({"job": job.id, **result}, "\n".join(lines), error=first)
        if any(item.get("values") for item in result["results"]) and pipeline == "tags":
            out.note("nothing is tagged yet: 'audobon suggest' shows and accepts")


def _tell(out: Output, name: str | None) -> None:
    """What there is to run, and whether it can be run."""
    models = Models()
    lines = [pipeline_named(name)] if name else [*builtin_pipelines().values()]
    rows = [(line, missing_for(models, line.name)) for line in sorted(lines, key=_name)]
    data = [
        {
            "name": line.name,
            "summary": line.summary,
            "parameters": parameters_of(line),
            "missing": [each.name for each in lack.components],
            "to_fetch": lack.size,
        }
        for line, lack in rows
    ]
    text = run_text.listed(rows)
    if name is not None:
        text = run_text.described(*rows[0], parameters_of(rows[0][0]))
    out.result({"pipelines": data}, text)


def _name(line: Pipeline) -> str:
    return line.name


def _wait(
    job: Job, count: int, progress: Callable[[int, int | None, str], None], cancel: Any
) -> None:
    """Follow the job to its end; a wish to stop is passed on."""
    began = False
    while job.state in ("queued", "running"):
        if not began:
            job.start()
            began = True
        if cancel():
            job.cancel()
        number = min(count, int(job.progress * count) + 1)
        shown = f"{number} of {count}" if count > 1 else ""
        progress(round(job.progress * _STEPS), _STEPS, shown)
        time.sleep(_LOOK_S)


def setting(text: str) -> tuple[str, Any]:
    """``NAME=VALUE`` as both, numbers and yes and no as such. Invalid."""
    name, mark, value = text.partition("=")
    if not mark:
        raise Invalid(f"{text!r} is not NAME=VALUE", subject=text)
    return name, _typed(value)


def _text(settings: Sequence[str], name: str) -> str:
    """The last value of a setting as it was typed."""
    found = [text.partition("=")[2] for text in settings if text.partition("=")[0] == name]
    return found[-1]


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
