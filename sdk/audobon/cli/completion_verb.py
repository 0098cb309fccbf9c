"""``audobon completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from audobon.cli.base import Output, verb


@verb("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(out: Output, library: str | None, shell: str) -> None:
    """Print the completion script for SHELL. It completes verbs, options, names and tags.

    \b
    bash  audobon completion bash > ~/.local/share/bash-completion/completions/audobon
    zsh   audobon completion zsh > a file _audobon in a folder of $fpath
    fish  audobon completion fish > ~/.config/fish/completions/audobon.fish
    """
    from audobon.cli.root import cli

    kind = get_completion_class(shell)
    assert kind is not None, "click knows each of the choices above"
    script = kind(cli, {}, "audobon", "_AUDOBON_COMPLETE").source()
    out.result({"shell": shell, "script": script}, script)
