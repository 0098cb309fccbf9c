"""``audobon models``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from audobon.cli.base import Output, verb
from audobon.cli.meant import Commands
from audobon.cli.progress import progress_bar
from audobon.cli.quantize_verb import command as quantize
from audobon.cli.runtime_verb import command as runtime
from audobon.cli.table import table
from audobon.cli.words import human_size
from audobon.codec.plain import error_data
from audobon.errors import Corrupt
from audobon.models.installed import Installed
from audobon.models.known import Known
from audobon.models.registry import Models

__all__ = ["command"]


@click.group("models", cls=Commands)
def command() -> None:
    """List, install, share, remove, update and verify the components of models.

    They are installed for this user, not for one library.
    """


@verb("list")
def list_models(out: Output, library: str | None) -> None:
    """List all components: which are installed, and what the others would fetch."""
    known = Models().list()
    rows = [
        (
            item.component.name,
            item.installed or item.component.version,
            item.state,
            human_size(item.size or _to_fetch(item)),
            item.component.summary,
        )
        for item in known
    ]
    head = ("component", "version", "state", "size", "")
    out.result({"components": known}, lambda: table(rows, head=head))


def _to_fetch(item: Known) -> int:
    source = item.component.source
    return source.size if source is not None else 0


@verb("install")
@click.argument("name")
@click.option(
    "--from", "file", metavar="FILE", type=click.Path(), help="The package, fetched by hand."
)
@click.option(
    "--place", metavar="PLACE", help="A folder or bucket that has it, by 'audobon models share'."
)
@click.option("--accept", is_flag=True, help="Accept the licence that its recipe asks about.")
@click.option("--offline", is_flag=True, help="Fetch nothing; say what would be fetched.")
def install(
    out: Output,
    library: str | None,
    name: str,
    file: str | None,
    place: str | None,
    accept: bool,
    offline: bool,
) -> None:
    """Install the component NAME, all that the pipeline NAME needs, or your own by its recipe.

    A recipe is a file that ends in .toml.
    """
    with progress_bar(out, "Installing") as (progress, cancel):
        made = Models().install(
            name,
            file=file,
            place=place,
            accept=accept,
            offline=offline,
            progress=progress,
            cancel=cancel,
        )
    _tell(out, made, f"{Path(name).name} is installed already")


@verb("share")
@click.argument("place")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
def share(
    out: Output, library: str | None, place: str, names: tuple[str, ...], dry_run: bool
) -> None:
    """Put what NAMEs need, or all that is installed, into PLACE for other machines.

    PLACE is a folder or gs://bucket/prefix.
    """
    with progress_bar(out, "Sharing") as (progress, cancel):
        sent = Models().share(place, names, dry_run=dry_run, progress=progress, cancel=cancel)
    did = "would send" if dry_run else "sent"
    lines = [
        f"{did} {', '.join(each.components)} {each.version} ({human_size(each.size)})"
        for each in sent
    ]
    out.result({"shared": sent}, "\n".join(lines) or "all of it is there already")


@verb("remove")
@click.argument("name")
def remove(out: Output, library: str | None, name: str) -> None:
    """Take an installed component away."""
    Models().remove(name)
    out.result({"removed": [name]}, f"removed {name}")


@verb("update")
@click.argument("name", required=False)
@click.option("--accept", is_flag=True, help="Accept the licences that recipes ask about.")
@click.option("--offline", is_flag=True, help="Fetch nothing; say what would be fetched.")
@click.option("--dry-run", is_flag=True, help="Only say what would be renewed.")
def update(
    out: Output, library: str | None, name: str | None, accept: bool, offline: bool, dry_run: bool
) -> None:
    """Install newer versions of what is installed, or of NAME alone. What fails stays as it is."""
    nothing = "nothing is newer than what is installed"
    if dry_run:
        plan = Models().plan_update(name)
        lines = [
            f"{item.component.name} {item.installed} -> {item.component.version} "
            f"({human_size(_to_fetch(item))})"
            for item in plan
        ]
        out.result({"outdated": plan}, "\n".join(lines) or nothing)
        return
    with progress_bar(out, "Updating") as (progress, cancel):
        done = Models().update(
            *(name,), accept=accept, offline=offline, progress=progress, cancel=cancel
        )
    failed = [{"component": name, "error": error_data(error)} for name, error in done.failed]
    lines = [_installed(item) for item in done.installed]
    lines += [f"failed: {name}: {error.message}" for name, error in done.failed]
    error = done.failed[0][1] if done.failed else None
    told = {"installed": done.installed, "failed": failed}
    out.result(told, "\n".join(lines) or nothing, error=error)


@verb("verify")
@click.argument("name", required=False)
def verify(out: Output, library: str | None, name: str | None) -> None:
    """Read every byte of what is installed and check it."""
    problems = Models().verify(name)
    found = Corrupt(
        f"{problems[0]}" if problems else "", hint="'audobon models install' makes it anew"
    )
    out.result(
        {"problems": problems, "ok": not problems},
        "\n".join(problems) or "every installed component is sound",
        error=found if problems else None,
    )


def _installed(item: Installed) -> str:
    return f"installed {item.component.name} {item.component.version} ({human_size(item.size)})"


def _tell(out: Output, made: Sequence[Installed], otherwise: str) -> None:
    lines = [_installed(item) for item in made]
    out.result({"installed": made}, "\n".join(lines) or otherwise)


for _each in (list_models, install, share, remove, update, verify, quantize, runtime):
    command.add_command(_each)
