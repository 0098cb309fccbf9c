"""``audobon vertex garden``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, verb
from audobon.cli.meant import Commands
from audobon.cli.progress import progress_bar
from audobon.cli.table import table
from audobon.cli.words import counted, human_size
from audobon.cloud.calling import need_client
from audobon.cloud.clients import Clients
from audobon.cloud.garden import Garden, read_note, verify
from audobon.cloud.settings import cloud_folder, load_settings
from audobon.errors import Corrupt
from audobon.storage.objects import ObjectStore

__all__ = ["command"]


@click.group("garden", cls=Commands)
def command() -> None:
    """Find models in Model Garden, retrieve their files, and tell of newer versions."""


def _clients() -> Clients:
    need_client()
    return Clients(load_settings(cloud_folder()))


def _place(url: str) -> ObjectStore:
    from audobon.storage.objects.base import check_foreign
    from audobon.storage.objects.gcs import ForeignBucket, parse_bucket

    impersonate = load_settings(cloud_folder()).impersonate
    return ForeignBucket(*parse_bucket(url, check_foreign), impersonate=impersonate)


@verb("list")
@click.argument("query", nargs=-1)
@click.option("--publisher", default="google", show_default=True, help="Whose models.")
def list_models(out: Output, library: str | None, query: tuple[str, ...], publisher: str) -> None:
    """List models of a publisher whose name, frameworks or terms have all words of QUERY."""
    with _clients() as clients:
        found = Garden(clients).list(" ".join(query), publisher=publisher)
    rows = [
        (each.name, each.version, each.stage, each.terms, "files" if each.files else "")
        for each in found
    ]
    head = ("model", "version", "stage", "terms", "")
    out.result({"models": found}, table(rows, head) or "there is no such model")


@verb("show")
@click.argument("model")
def show(out: Output, library: str | None, model: str) -> None:
    """Show what is known of MODEL (publisher/model), and the terms it comes under."""
    with _clients() as clients:
        garden = Garden(clients)
        found = garden.get(model)
        accepted = garden.accepted(found)
    terms = {True: ", accepted", False: ", not accepted yet", None: ""}[accepted]
    lines = [
        f"{found.name} {found.version} ({found.stage})",
        f"terms: {found.terms}{terms}",
        f"made with: {', '.join(found.frameworks) or 'not told'}",
        f"files: {found.files or 'none to be had'}",
    ]
    out.result({"model": found, "accepted": accepted}, "\n".join(lines))


@verb("get")
@click.argument("model")
@click.option("--to", metavar="FOLDER", required=True, type=click.Path(), help="An empty folder.")
@click.option("--accept", is_flag=True, help="Say that you accepted the terms that are asked for.")
def get(out: Output, library: str | None, model: str, to: str, accept: bool) -> None:
    """Retrieve the files of MODEL into a folder, verified, with a note beside them.

    What they are converted from and what they take is told by a recipe of yours:
    then 'audobon models install' makes a component of them.
    """
    with _clients() as clients, progress_bar(out, model) as (progress, cancel):
        garden = Garden(clients)
        made = garden.retrieve(
            *(garden.get(model), Path(to), _place),
            accept=accept,
            progress=lambda size: progress(size, None, model),
            cancel=cancel,
        )
    size = sum(each.size for each in made.files)
    lines = [f"{made.name} {made.version}: {counted(len(made.files), 'file')}, {human_size(size)}"]
    lines += [f"terms: {made.terms}{''.join(f'; see {each}' for each in made.licence)}"]
    out.result({"retrieved": made}, "\n".join(lines))


@verb("check")
@click.argument("folders", nargs=-1, required=True, type=click.Path())
def check(out: Output, library: str | None, folders: tuple[str, ...]) -> None:
    """Verify models that were retrieved into FOLDERS, and tell of newer versions."""
    rows, problems, told = [], [], []
    with _clients() as clients:
        for each in folders:
            have, wrong = read_note(Path(each)), verify(Path(each))
            newer = Garden(clients).newer(have)
            state = "damaged" if wrong else f"{newer.version} is current" if newer else "current"
            rows.append((each, have.name, have.version, state))
            problems += [f"{each}: {one}" for one in wrong]
            told.append({"folder": each, "have": have, "newer": newer, "problems": wrong})
    error = Corrupt("; ".join(problems)) if problems else None
    out.result({"models": told}, table(rows), error=error)


for _each in (list_models, show, get, check):
    command.add_command(_each)
