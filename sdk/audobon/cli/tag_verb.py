"""``audobon tag``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.errors import Invalid


@verb("tag")
@click.argument("assets", nargs=-1)
@click.option("--add", "-a", "added", multiple=True, help="Put this tag on the assets.")
@click.option("--remove", "-r", "removed", multiple=True, help="Take this tag off the assets.")
@click.option("--query", "-q", help="Tag everything that this query finds.")
@click.option("--parent", help="With --add and no assets: the new tag's parent.")
@click.option("--alias", nargs=2, metavar="ALIAS TAG", help="Let ALIAS mean TAG.")
@click.option("--rename", nargs=2, metavar="OLD NEW", help="Rename a tag.")
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
    with open_library(library) as opened:
        refs = [asset_argument(name) for name in assets]
        if query is not None:
            refs.extend(opened.find_ids(query))
            if not refs:
                raise Invalid(f"the query {query!r} finds nothing to tag", subject=query)
        if refs and (added or removed):
            change = opened.edit(refs, add_tags=added, remove_tags=removed)
            out.result(change, f"{change.label} ({len(change.assets)} assets)")
        elif alias:
            out.result(opened.tags.alias(*alias), f"{alias[0]} means {alias[1]} now")
        elif rename:
            out.result(opened.tags.rename(*rename), f"{rename[0]} is called {rename[1]} now")
        elif added:
            made = [opened.tags.add(name, parent=parent) for name in added]
            out.result(made, f"made {', '.join(added)}")
        elif removed:
            gone = [opened.tags.remove(name) for name in removed]
            out.result(gone, f"removed {', '.join(removed)}")
        else:
            rows = opened.tags.list()
            out.result(
                rows,
                lambda: table(
                    [
                        (row.name, str(row.count), row.parent or "", ", ".join(row.aliases))
                        for row in rows
                    ],
                    head=("tag", "assets", "parent", "aliases"),
                ),
            )
