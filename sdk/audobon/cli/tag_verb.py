"""``audobon tag``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted
from audobon.errors import Invalid
from audobon.library import Library
from audobon.model.change import Change


@verb("tag")
@click.argument("assets", nargs=-1, shell_complete=complete.assets)
@click.option(
    "--add",
    "-a",
    "added",
    metavar="TAG",
    multiple=True,
    shell_complete=complete.tags,
    help="Put this tag on the assets.",
)
@click.option(
    "--remove",
    "-r",
    "removed",
    metavar="TAG",
    multiple=True,
    shell_complete=complete.tags,
    help="Take this tag off the assets.",
)
@click.option("--query", "-q", metavar="QUERY", help="Tag everything that this query finds.")
@click.option(
    "--parent",
    metavar="TAG",
    shell_complete=complete.tags,
    help="With --add and no assets: the new tag's parent.",
)
@click.option(
    "--alias",
    nargs=2,
    metavar="ALIAS TAG",
    shell_complete=complete.tags,
    help="Let ALIAS mean TAG.",
)
@click.option(
    "--rename", nargs=2, metavar="OLD NEW", shell_complete=complete.tags, help="Rename a tag."
)
def command(
    out: Output,
    library: str | None,
    assets: tuple[str, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    query: str | None,
    parent: str | None,
    alias: tuple[str, str] | None,
    rename: tuple[str, str] | None,
) -> None:
    """Tag ASSETS, as one change that undo takes back; without any, list or arrange tags."""
    writes = bool(added or removed or alias or rename)
    with open_library(library, writes=writes) as opened:
        if assets or query is not None:
            if alias or rename or parent is not None:
                raise click.UsageError("--alias, --rename and --parent take no assets.")
            refs = _refs(opened, assets, query)
            if not writes:
                _show(out, opened, refs)
                return
            change = opened.edit(refs, add_tags=added, remove_tags=removed)
            text = f"{change.label} ({counted(len(change.assets), 'asset')})"
            out.result({"changes": [change]}, text)
        elif writes:
            changes, text = _arrange(opened, added, removed, parent, alias, rename)
            out.result({"changes": changes}, text)
        else:
            _list(out, opened)


def _refs(library: Library, assets: tuple[str, ...], query: str | None) -> list[str]:
    refs = [asset_argument(name) for name in assets]
    if query is not None:
        refs.extend(library.find_ids(query))
    if not refs:
        raise Invalid(f"the query {query!r} finds nothing to tag", subject=query or "")
    return refs


def _arrange(
    library: Library,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    parent: str | None,
    alias: tuple[str, str] | None,
    rename: tuple[str, str] | None,
) -> tuple[list[Change], str]:
    """Change the tags themselves; what is asked for together is done in this order."""
    tags = library.tags
    changes, done = [], []
    for name in added:
        changes.append(tags.add(name, parent=parent))
        done.append(f"made {name}")
    if alias:
        changes.append(tags.alias(*alias))
        done.append(f"{alias[0]} means {alias[1]} now")
    if rename:
        changes.append(tags.rename(*rename))
        done.append(f"{rename[0]} is called {rename[1]} now")
    for name in removed:
        changes.append(tags.remove(name))
        done.append(f"removed {name}")
    return changes, "\n".join(done)


def _show(out: Output, library: Library, refs: list[str]) -> None:
    found = [library.get(ref) for ref in refs]
    rows = [(asset.path, ", ".join(asset.tags)) for asset in found]
    data = [{"id": asset.id, "path": asset.path, "tags": asset.tags} for asset in found]
    out.result({"assets": data}, lambda: table(rows, cut=False))


def _list(out: Output, library: Library) -> None:
    tags = library.tags.list()
    rows = [(row.name, str(row.count), row.parent or "", ", ".join(row.aliases)) for row in tags]
    head = ("tag", "assets", "parent", "aliases")
    out.result({"tags": tags}, lambda: table(rows, head) or "no tags yet")
