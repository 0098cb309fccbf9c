"""``audobon preview``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from audobon.cli import complete
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.targets import need_own
from audobon.errors import Busy, Conflict, Invalid, NotFound
from audobon.library import Library
from audobon.model.asset import Asset
from audobon.system.files import translate_os_error

_PATIENCE_S = 300.0  # a worker may take 120 s for a file, and tries twice
_POLL_S = 0.05  # people take less than a tenth of a second for at once


@verb("preview")
@click.argument("asset", shell_complete=complete.assets)
@click.option(
    "--size", default=256, show_default=True, type=click.IntRange(16, 2048), help="Longest side."
)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(),
    help="Write it here; '-' is standard output.",
)
def command(out: Output, library: str | None, asset: str, size: int, output: str | None) -> None:
    """Make ASSET's preview and write it to a file (NAME-preview.jpg or .png by default).

    Without --output no file that exists is written over.
    """
    if output == "-" and (out.json or sys.stdout.isatty()):
        raise Invalid("a picture can go to standard output only where it is a file or a pipe")
    with open_library(library) as opened:
        found = opened.get(asset_argument(asset))
        if output not in (None, "-"):
            need_own(opened, output, ())
        data = _made(opened, found, size)
    png = data.startswith(b"\x89PNG")
    if output == "-":
        sys.stdout.buffer.write(data)
        return
    name = f"{Path(found.name).stem}-preview{'.png' if png else '.jpg'}"
    target = Path(output or name)
    _write(target, data, over=output is not None)
    media_type = "image/png" if png else "image/jpeg"
    out.result({"path": target, "bytes": len(data), "media_type": media_type}, str(target))


def _made(library: Library, asset: Asset, size: int) -> bytes:
    """Wait for the worker process; it does this one before any in the background."""
    deadline = time.monotonic() + _PATIENCE_S
    while (data := library.preview(asset, size)) is None:
        if time.monotonic() > deadline:
            raise Busy(
                f"the preview of {asset.path} is not made after {_PATIENCE_S:g} s",
                subject=asset.path,
                hint="'audobon jobs' shows what the worker does",
            )
        time.sleep(_POLL_S)
    return data


def _write(target: Path, data: bytes, *, over: bool) -> None:
    if not target.parent.is_dir():
        raise NotFound(f"the folder {target.parent} does not exist", subject=str(target))
    try:
        with target.open("wb" if over else "xb") as stream:
            stream.write(data)
    except FileExistsError as error:
        raise Conflict(
            f"{target} is there already",
            subject=str(target),
            hint="give --output to write over it, or elsewhere",
        ) from error
    except OSError as error:
        raise translate_os_error(error, target) from error
