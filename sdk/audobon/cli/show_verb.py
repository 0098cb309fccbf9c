"""``audobon show``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted, human_size, when
from audobon.codec.plain import to_plain
from audobon.model.asset import Asset


@verb("show")
@click.argument("asset", shell_complete=complete.assets)
def command(out: Output, library: str | None, asset: str) -> None:
    """Show everything known of ASSET (a path, an id, or audobon://...)."""
    with open_library(library) as opened:
        found = opened.get(asset_argument(asset))
        reference = opened.reference(found)
        out.result({**to_plain(found), "reference": reference}, lambda: _text(found, reference))


def _text(asset: Asset, reference: str) -> str:
    rows = [
        ("path", asset.path),
        ("root", asset.root),
        ("file", asset.file),
        ("id", asset.id),
        ("reference", reference),
        ("kind", f"{asset.kind} ({asset.format})"),
        ("size", human_size(asset.size)),
        ("pixels", f"{asset.width} x {asset.height}" if asset.width else ""),
        ("rating", "*" * asset.rating),
        ("catalog", asset.catalog or ""),
        ("tags", ", ".join(asset.tags)),
        ("note", asset.note),
        ("state", asset.state),
        ("added", when(asset.added)),
        ("used", counted(asset.used, "time") if asset.used else ""),
        ("sha256", asset.digest),
    ]
    rows.extend((name, _value(value)) for name, value in sorted(asset.attributes.items()))
    return table([(name, value) for name, value in rows if value], cut=False)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
