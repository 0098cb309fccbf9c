"""``audobon remote``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.secrets import impersonate, new_passphrase, passphrase_file, passphrase_from
from audobon.cli.table import table
from audobon.codec.plain import to_plain
from audobon.errors import Invalid
from audobon.model.remote import RemoteState


@verb("remote")
@click.option("--add", nargs=2, metavar="NAME URL", help="Give a place a name.")
@click.option("--encrypt", is_flag=True, help="Ask for a passphrase; the place is encrypted.")
@passphrase_file
@impersonate
@click.option("--remove", metavar="NAME", help="Forget a remote; what lies there stays.")
def command(
    out: Output,
    library: str | None,
    add: tuple[str, str] | None,
    encrypt: bool,
    passphrase_file: str | None,
    impersonate_service_account: str,
    remove: str | None,
) -> None:
    """List the places that the library is pushed to and pulled from; add and forget them."""
    if add and remove:
        raise Invalid("--add and --remove do not go together")
    with open_library(library, writes=bool(add or remove)) as opened:
        if add:
            said = passphrase_from(passphrase_file)
            given = new_passphrase(out, passphrase_file) if encrypt else said
            account = impersonate_service_account
            made = opened.remotes.add(*add, given, impersonate_service_account=account)
            text = f"{made.name} is {made.url}" + ", encrypted" * made.encrypted
            if made.recovery:
                text += f"\nrecovery key, for paper, shown only now: {made.recovery}"
            out.result({"remotes": [made]}, text)
        elif remove:
            gone = opened.remotes.remove(remove)
            out.result({"remotes": [gone]}, f"{gone.name} is forgotten; {gone.url} stays as it is")
        else:
            known = [(each, opened.remotes.state(each.name)) for each in opened.remotes.list()]
            rows = [(each.name, each.url, state_text(state)) for each, state in known]
            listed = [{**to_plain(each), "state": state} for each, state in known]
            out.result({"remotes": listed}, lambda: table(rows) or "there is no remote")


def state_text(state: RemoteState) -> str:
    """``2 ahead, 1 behind`` of a branch, as it was when the remote was last asked."""
    if not state.known:
        return f"{state.branch} was never pushed there"
    parts = [f"{state.ahead} ahead"] * bool(state.ahead) + [f"{state.behind} behind"] * bool(
        state.behind
    )
    return f"{state.branch}: {', '.join(parts) or 'the same'}"
