"""``audobon show``."""

from __future__ import annotations

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import counted, human_size, when
from audobon.codec.plain import to_plain
from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.model.scenecheck import LIBRARY, MISSING, UNREAD, SceneCheck
from audobon.services.core.locking import described


@verb("show")
@click.argument("asset", shell_complete=complete.assets)
def command(out: Output, library: str | None, asset: str) -> None:
    """Show everything known of ASSET (a path, an id, or audobon://...)."""
    with open_library(library) as opened:
        found = opened.get(asset_argument(asset))
        reference = opened.reference(found)
        lock = next((one for one in opened.locks() if one.asset_id == found.id), None)
        colors = opened.colors(found)
        data = {**to_plain(found), "reference": reference, "lock": to_plain(lock)}
        data["colors"] = to_plain(colors)
        runs: list[tuple[str, str]] = []
        if found.format == "blend" and found.state == "present":
            try:
                check = opened.scripts(found)
            except AudobonError as error:
                runs = [("runs", f"cannot be told: {error.message}")]
            else:
                data["scripts"] = to_plain(check)
                runs = _runs(check)
        locked = "" if lock is None else described(lock)
        shown = ", ".join(f"{one.color} {one.share:.0%}" for one in colors or ())
        runs.insert(0, ("colours", shown))
        out.result(data, lambda: _text(found, reference, locked, runs))


def _runs(check: SceneCheck) -> list[tuple[str, str]]:
    rows = []
    for one in check.findings:
        other = one.kind in (LIBRARY, MISSING, UNREAD)
        label = "runs" if one.runs else "links" if other else "holds"
        what = f"{one.kind} of {one.name}: {one.code}"
        if other:
            notes = {MISSING: " (missing)", UNREAD: f" (cannot be read: {one.code})"}
            what = one.name + notes.get(one.kind, "")
        what = f"{what} (in {one.file})" if one.file else what
        rows.append((label, what))
    left = check.total - len(check.findings)
    return rows + ([("runs", f"and {left:,} more of the kind")] if left else [])


def _text(asset: Asset, reference: str, locked: str, runs: list[tuple[str, str]]) -> str:
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
        ("locked", locked),
        ("sha256", asset.digest),
        *runs,
    ]
    rows.extend((name, _value(value)) for name, value in sorted(asset.attributes.items()))
    return table([(name, value) for name, value in rows if value], cut=False)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
