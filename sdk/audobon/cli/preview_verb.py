"""``audobon preview``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.system.files import translate_os_error


@verb("preview")
@click.argument("asset")
@click.option("--size", default=256, show_default=True, type=click.IntRange(16, 2048))
@click.option("--output", "-o", metavar="FILE", help="Write it here; '-' is standard output.")
def command(out: Output, library: str | None, asset: str, size: int, output: str | None) -> None:
    """Make ASSET's preview and write it to a file (NAME-preview.jpg or .png by default)."""
    with open_library(library) as opened:
        found = opened.get(asset_argument(asset))
        data = opened.preview(found, size)
        if data is None:
            opened.work()
            data = opened.preview(found, size)
        assert data is not None, "a finished job leaves a picture or an error"
        if output == "-":
            sys.stdout.buffer.write(data)
            return
        suffix = ".png" if data.startswith(b"\x89PNG") else ".jpg"
        target = Path(output or f"{Path(found.name).stem}-preview{suffix}")
        try:
            target.write_bytes(data)
        except OSError as error:
            raise translate_os_error(error, target) from error
        out.result({"path": target, "bytes": len(data)}, str(target))
