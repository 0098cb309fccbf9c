"""``audobon vertex``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from attrs import evolve

from audobon.cli.base import Output, verb
from audobon.cli.endpoints_verb import VERBS
from audobon.cli.garden_verb import command as garden
from audobon.cli.meant import Commands
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cloud.calling import need_client
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import Ledger, Run
from audobon.cloud.running import Runs
from audobon.cloud.settings import Settings, cloud_folder, load_settings, save_settings
from audobon.cloud.uploads import Registry, UploadedModel
from audobon.errors import Invalid, Unavailable, Unsupported
from audobon.models.installed import Installed
from audobon.models.registry import Models
from audobon.services.pipelines.away import FILES
from audobon.storage.objects import around, open_store
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["command", "follow"]

_STEPS = 1000


@click.group("vertex", cls=Commands)
def command() -> None:
    """Learn in Vertex AI: set up, send, follow, cancel.

    It is set up for this user, not for one library. Nothing is sent before
    that, and what may be spent has a limit.
    """


@verb("setup")
@click.option("--project", metavar="ID", help="The project that pays.")
@click.option("--region", metavar="REGION", help="Where it runs, as europe-west4.")
@click.option("--place", metavar="URL", help="gs://BUCKET/PREFIX for what goes and comes.")
@click.option("--machine", metavar="NAME", help="The machine that learns.")
@click.option("--image", metavar="URI", help="The container image that learns.")
@click.option("--most-jobs", type=click.IntRange(1), help="Jobs at a time.")
@click.option("--most-money", type=float, help="What all runs together may cost.")
@click.option("--most-hours", type=float, help="What one run may take.")
@click.option("--transport", type=click.Choice(["rest", "grpc"]), help="How it is asked.")
@click.option("--impersonate-service-account", "impersonate", metavar="ACCOUNT", help="Ask as.")
@click.option("--account", metavar="ACCOUNT", help="The service account that jobs run as.")
@click.option("--prices", metavar="FILE", type=click.Path(), help="A price table of your own.")
@click.option("--endpoint", hidden=True, help="A stand-in on this machine.")
def setup(out: Output, library: str | None, **given: Any) -> None:
    """Write down where work goes and what it may cost; without options show it."""
    need_client()
    folder = cloud_folder()
    said = {name: value for name, value in given.items() if value is not None}
    if said.get("prices"):
        said["prices"] = str(Path(said["prices"]).absolute())
    try:
        settings = load_settings(folder)
    except Unavailable:
        lacking = [name for name in ("project", "region", "place") if name not in said]
        if not said:
            raise
        if lacking:
            raise Invalid(f"--{' and --'.join(lacking)} must be said first") from None
        settings = Settings(**said)
    else:
        settings = evolve(settings, **said)
    if said:
        save_settings(settings, folder)
    spent = Ledger(folder).spent()
    text = (
        f"{settings.project} in {settings.region}, through {settings.place}\n"
        f"{settings.machine} at {settings.hour:.3f} {settings.currency} an hour, up to "
        f"{settings.most_hours:g} hours a run, {settings.most_jobs} at a time\n"
        f"{spent:.2f} of {settings.most_money:.2f} {settings.currency} spent or set aside"
    )
    out.result({"settings": settings, "spent": spent}, text)


@verb("train")
@click.argument("task", type=click.Path())
@click.option("--to", metavar="FILE", type=click.Path(), help="Write the result there.")
@click.option("--no-wait", is_flag=True, help="Send it, and follow it later with wait.")
def train(out: Output, library: str | None, task: str, to: str | None, no_wait: bool) -> None:
    """Learn in Vertex AI what TASK, a file with a lesson as JSON, says.

    Where nothing can be reached it is queued, and sent by the next verb that can.
    """
    with Runs(cloud_folder()) as runs:
        run = runs.queue(Path(task).name, _lesson(task))
        out.note(f"run {run.id} may cost up to {run.cost:.2f} {run.currency}")
        if no_wait:
            try:
                runs.send()
            except Unavailable as error:
                out.result({"run": runs.ledger.get(run.id)}, _row_text(run), error=error)
            out.result({"run": runs.ledger.get(run.id)}, _row_text(runs.ledger.get(run.id)))
        else:
            _wait(out, runs, run, to)


@verb("runs")
@click.option("--offline", is_flag=True, help="Only what is known here.")
def list_runs(out: Output, library: str | None, offline: bool) -> None:
    """List runs, as they are now, and send what is queued."""
    need_client()
    if offline:
        found = Ledger(cloud_folder()).all()
    else:
        with Runs(cloud_folder()) as runs:
            runs.send()
            found = runs.ledger.all()
    head = ("run", "what", "state", "cost", "")
    rows = [
        (run.id, run.what, run.state, f"{run.cost:.4f} {run.currency}", run.error) for run in found
    ]
    out.result({"runs": found}, table(rows, head) or "no run was made")


@verb("wait")
@click.argument("run")
@click.option("--to", metavar="FILE", type=click.Path(), help="Write the result there.")
def wait(out: Output, library: str | None, run: str, to: str | None) -> None:
    """Follow RUN to its end, and fetch and verify its result."""
    with Runs(cloud_folder()) as runs:
        _wait(out, runs, runs.ledger.get(run), to)


@verb("logs")
@click.argument("run")
def logs(out: Output, library: str | None, run: str) -> None:
    """Show what RUN has printed in Vertex AI."""
    with Runs(cloud_folder()) as runs:
        lines = runs.logs(runs.ledger.get(run))
    text = "\n".join(f"{line.at} {line.level} {line.text}" for line in lines)
    out.result({"lines": lines}, text or "it has printed nothing yet")


@verb("cancel")
@click.argument("run")
def cancel(out: Output, library: str | None, run: str) -> None:
    """Take RUN back, in the queue or in Vertex AI."""
    with Runs(cloud_folder()) as runs:
        after = runs.cancel(runs.ledger.get(run))
    out.result({"run": after}, _row_text(after))


def _lesson(task: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(task).read_bytes())
    except OSError as error:
        raise translate_os_error(error, task) from error
    except ValueError as error:
        raise Invalid(f"{task} is no JSON: {error}", subject=task) from error
    if not isinstance(found, dict) or not {"contents", "vectors", "yes"} <= found.keys():
        raise Invalid(f"{task} is no lesson: it has contents, vectors, yes and more", subject=task)
    return found


def follow(out: Output, name: str) -> None:
    """Wait for a run, and keep its result here. A wish to stop cancels it there too."""
    with Runs(cloud_folder()) as runs:
        _followed(out, runs, runs.ledger.get(name))


def _followed(out: Output, runs: Runs, run: Run) -> dict[str, Any]:
    with progress_bar(out, run.what) as (progress, cancelled):

        def report(done: float, told: Mapping[str, Any]) -> None:
            said = f"{told['held_out']} held out: F1 {told['f1']:.2f}" if "f1" in told else ""
            progress(round(done * _STEPS), _STEPS, said)

        return runs.wait(run, report=report, cancel=cancelled)


def _wait(out: Output, runs: Runs, run: Run, to: str | None) -> None:
    made = _followed(out, runs, run)
    after = runs.ledger.get(run.id)
    if to is not None:
        write_atomic(Path(to), json.dumps(made).encode(), mode=0o644)
    shown = {name: value for name, value in made.items() if name != "weights"}
    f1 = made["card"]["figures"]["f1"]
    text = f"{_row_text(after)}\n{made['refused'] or f'F1 {f1:.2f}'}"
    out.result({"run": after, "result": shown}, text)


def _row_text(run: Run) -> str:
    return f"{run.id} {run.state} {run.cost:.4f} {run.currency}"


@verb("upload")
@click.argument("component")
@click.option("--image", metavar="URI", required=True, help="The container that serves it.")
@click.option("--alias", "aliases", metavar="NAME", multiple=True, help="A name for this version.")
def upload(
    out: Output, library: str | None, component: str, image: str, aliases: tuple[str, ...]
) -> None:
    """Upload an installed COMPONENT as a version of a model in Vertex AI.

    The same files are one version, however often they are uploaded.
    """
    need_client()
    item = Models().get(component)
    if not isinstance(item, Installed) or not (item.folder / FILES[0]).is_file():
        raise Unsupported(f"{component} is no network, so there is nothing to serve")
    files = {name: item.folder / name for name in FILES}
    with _registry() as registry:
        made = registry.upload(
            component, item.component.version, files, image=image, aliases=aliases
        )
    out.result({"model": made}, _model_text(made))


@verb("models")
def list_uploads(out: Output, library: str | None) -> None:
    """List what was uploaded, version by version, with its aliases."""
    with _registry() as registry:
        found = registry.versions()
    rows = [(each.name, each.number, ", ".join(each.aliases)) for each in found]
    text = table(rows, ("model", "version", "aliases")) or "nothing is there"
    out.result({"models": found}, text)


@verb("alias")
@click.argument("model")
@click.argument("which")
@click.argument("names", nargs=-1, required=True)
def alias(out: Output, library: str | None, model: str, which: str, names: tuple[str, ...]) -> None:
    """Have NAMES point to the version WHICH (a number or an alias) of MODEL.

    They are taken from the version that had them. So 'alias tags 2 production' is
    a step forward, and 'alias tags 1 production' goes back.
    """
    with _registry() as registry:
        made = registry.alias(registry.get(model, which), names)
    out.result({"model": made}, _model_text(made))


def _model_text(made: UploadedModel) -> str:
    return f"{made.name} {made.number}: {', '.join(made.aliases)}"


@contextmanager
def _registry() -> Iterator[Registry]:
    need_client()
    settings = load_settings(cloud_folder())
    with Clients(settings) as clients:
        store = around(open_store(settings.place, impersonate=settings.impersonate))
        try:
            yield Registry(clients, store)
        finally:
            store.close()


for _each in (upload, list_uploads, alias, *VERBS):
    command.add_command(_each)
for _each in (setup, train, list_runs, wait, logs, cancel, garden):
    command.add_command(_each)
