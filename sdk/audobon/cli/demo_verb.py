"""``audobon demo``."""

from __future__ import annotations

from pathlib import Path

import click

from audobon.cli.base import Output, verb


@verb("demo")
@click.argument("folder", default="audobon-demo")
@click.option("--samples", multiple=True, metavar="PATH", help="Where sample files may lie.")
def command(out: Output, library: str | None, folder: str, samples: tuple[str, ...]) -> None:
    """Show the main job on real files, in FOLDER; ends with a page of pictures."""
    from audobon.demo import run_demo

    page = run_demo(Path(folder).absolute(), [Path(name) for name in samples], tell=out.note)
    out.result({"page": page}, str(page))
