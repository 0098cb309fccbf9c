"""``audobon remote``."""

from __future__ import annotations

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.secrets import impersonate, new_passphrase, passphrase_file, passphrase_from
from audobon.cli.sizes import rate_of
from audobon.cli.table import table
from audobon.cli.words import human_size
from audobon.codec.plain import to_plain
from audobon.errors import Invalid
from audobon.model.remote import Remote, RemoteState


@verb("remote")
@click.argument("name", required=False)
@click.option("--add", nargs=2, metavar="NAME URL", help="Give a place a name.")
@click.option("--encrypt", is_flag=True, help="Ask for a passphrase; the place is encrypted.")
@passphrase_file
@impersonate
@click.option("--remove", metavar="NAME", help="Forget a remote; what lies there stays.")
@click.option("--limit", metavar="SPEED", help="At most so fast, as 2MB/s; off ends it.")
def command(
    out: Output,
    library: str | None,
    add: tuple[str, str] | None,
    encrypt: bool,
    passphrase_file: str | None,
    impersonate_service_account: str,
    remove: str | None,
    name: str | None,
    limit: str | None,
) -> None:
    """List the places that the library is pushed to and pulled from; add, cap and forget them.

    With NAME that remote alone is listed, or capped.
    """
    if sum((add is not None, remove is not None, limit is not None)) > 1:
        raise Invalid("of --add, --remove and --limit one at a time")
    if limit is not None and name is None:
        raise Invalid("name the remote that is to be capped")
    if name is not None and (add or remove):
        raise Invalid("--add and --remove have the name behind them; give no other")
    with open_library(library, writes=bool(add or remove or limit)) as opened:
        if limit is not None and name is not None:
            capped = opened.remotes.set_limit(name, rate_of(limit))
            out.result({"remotes": [capped]}, f"{capped.name}: {limit_text(capped)}")
        elif add:
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
            remotes = opened.remotes
            wanted = remotes.list() if name is None else (remotes.get(name),)
            known = [(each, remotes.state(each.name)) for each in wanted]
            rows = [
                (each.name, each.url, state_text(state), limit_text(each) if each.limit else "")
                for each, state in known
            ]
            listed = [{**to_plain(each), "state": state} for each, state in known]
            out.result({"remotes": listed}, lambda: table(rows) or "there is no remote")


def limit_text(remote: Remote) -> str:
    """How fast bytes may go there and come from there."""
    return "no cap" if remote.limit is None else f"at most {human_size(remote.limit)}/s"


def state_text(state: RemoteState) -> str:
    """``2 ahead, 1 behind`` of a branch, as it was when the remote was last asked."""
    if not state.known:
        return f"{state.branch} was never pushed there"
    parts = [f"{state.ahead} ahead"] * bool(state.ahead) + [f"{state.behind} behind"] * bool(
        state.behind
    )
    return f"{state.branch}: {', '.join(parts) or 'the same'}"
