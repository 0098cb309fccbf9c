"""Every verb of the command line has its own heading in ``docs/cli.md``, and no other has.

Under it stands each of its options, except those that every verb has.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from checks.source import headings

__all__ = ["check", "documented", "verbs"]

_PAGE = "docs/cli.md"
_COMMON = {"--library", "--json", "--help"}
# Run against the checkout that is asked about; hidden verbs, for programs, are documented too.
_ASK = """
import click
from audobon.cli.root import cli

def walk(group, path):
    context = click.Context(group)
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        if isinstance(child, click.Group):
            walk(child, [*path, name])
        else:
            longest = [max(p.opts, key=len) for p in child.params if isinstance(p, click.Option)]
            print(" ".join([*path, name]), *longest, sep="\\t")

walk(cli, [])
"""


def verbs(root: Path) -> dict[str, list[str]]:
    """The verbs of the command line under ``root`` ("add", "remote add") with their options.

    Empty without a command line; RuntimeError when it cannot be imported.
    """
    if not (root / "sdk" / "audobon" / "cli" / "root.py").exists():
        return {}
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root / "sdk"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise RuntimeError(f"the command line cannot be imported: {' '.join(last)}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {verb: options for verb, *options in rows}


def documented(root: Path) -> dict[str, str]:
    """The verbs that have a heading, written as ``audobon VERB``, and what stands below it."""
    page = root / _PAGE
    found = headings(page.read_text("utf-8")) if page.exists() else []
    titles = [(heading.text.strip("`"), "\n".join(heading.body)) for heading in found]
    return {
        title.removeprefix("audobon "): body
        for title, body in titles
        if title.startswith("audobon ")
    }


def check(root: Path) -> list[str]:
    try:
        existing = verbs(root)
    except RuntimeError as exc:
        return [f"sdk/audobon/cli: {exc}"]
    known = documented(root)
    return [
        *(f"{_PAGE}: no heading `audobon {verb}`" for verb in existing if verb not in known),
        *(f"{_PAGE}: `audobon {verb}` does not exist" for verb in known if verb not in existing),
        *(
            f"{_PAGE}: `audobon {verb}` does not tell of {option}"
            for verb, options in existing.items()
            for option in sorted(set(options) - _COMMON)
            if verb in known and option not in known[verb]
        ),
    ]
