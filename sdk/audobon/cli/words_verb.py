"""``audobon words``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.targets import need_own
from audobon.cli.words import counted
from audobon.codec.plain import to_plain
from audobon.model.words import TakenWords

_SHOWN = 20


@verb("words")
@click.argument("direction", type=click.Choice(["export", "import"]), metavar="export|import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--words-only", is_flag=True, help="With export: no assets, only the words.")
@click.option(
    "--theirs", is_flag=True, help="With import: where both differ, take what the file says."
)
def command(
    out: Output, library: str | None, direction: str, file: str, words_only: bool, theirs: bool
) -> None:
    """Write tags, sets, catalogs and ratings to FILE, or take those of another library in."""
    if (words_only and direction == "import") or (theirs and direction == "export"):
        raise click.UsageError("--words-only is for export, --theirs for import.")
    path = Path(file).absolute()
    with open_library(library, writes=direction == "import") as opened:
        if direction == "export":
            need_own(opened, path, ("json",))
            words = opened.export_tags(path, assets=not words_only)
            counts = {
                "tags": len(words.tags),
                "catalogs": len(words.catalogs),
                "sets": len(words.sets),
                "assets": len(words.assets),
            }
            text = ", ".join(counted(count, name[:-1]) for name, count in counts.items())
            out.result({"file": str(path), **counts}, f"wrote {text} to {path}")
        else:
            taken = opened.import_tags(path, prefer="theirs" if theirs else "mine")
            out.result(to_plain(taken), lambda: _text(taken))


def _text(taken: TakenWords) -> str:
    if taken.change is None:
        lines = ["nothing new"]
    else:
        parts = [("new tag", taken.tags), ("new catalog", taken.catalogs), ("set", taken.sets)]
        text = ", ".join(counted(len(names), name) for name, names in parts)
        lines = [f"{text}, {counted(taken.assets, 'asset')} marked"]
    lines += [f"kept: {text}" for text in taken.kept[:_SHOWN]]
    if len(taken.kept) > _SHOWN:
        lines.append(f"and {len(taken.kept) - _SHOWN} more kept")
    if taken.unknown:
        lines.append(f"{counted(len(taken.unknown), 'asset')} not in this library")
    return "\n".join(lines)
