"""``audobon watch``."""

from __future__ import annotations

import threading
import time
from collections import Counter

import click

from audobon.cli.base import Output, open_library, verb
from audobon.cli.words import counted
from audobon.errors import Invalid
from audobon.library import Library
from audobon.model.asset import AddReport
from audobon.model.watch import WatchState

_LOOK_S = 0.2
_WHAT = ("added", "updated", "moved", "missing")


@verb("watch")
@click.option("--for", "seconds", type=click.FloatRange(0), metavar="SECONDS", help="End then.")
@click.option("--on/--off", "switch", default=None, help="Allow or forbid it, for every program.")
@click.option("--state", is_flag=True, help="Only say how it stands.")
def command(
    out: Output, library: str | None, seconds: float | None, switch: bool | None, state: bool
) -> None:
    """Take in what other programs change in the library's folders, until Ctrl-C.

    Hosts do that by themselves while they have the library open.
    """
    if (switch is not None) + state + (seconds is not None) > 1:
        raise Invalid("give one of --for, --on, --off and --state")
    with open_library(library, writes=not state) as opened:
        if switch is not None:
            opened.switch_watch(on=switch)
        if state or switch is not None:
            now = opened.watch_state
            out.result(now, _sentence(now))
        else:
            _watch(out, opened, seconds)


def _watch(out: Output, library: Library, seconds: float | None) -> None:
    counts: Counter[str] = Counter(dict.fromkeys(_WHAT, 0))
    lock = threading.Lock()

    def told(report: AddReport) -> None:
        with lock:
            for what in _WHAT:
                found = getattr(report, what)
                counts[what] += len(found)
                for asset in found:
                    out.note(f"{what:8}{asset.path}")

    with library.watch(told) as watching:
        end = float("inf") if seconds is None else time.monotonic() + seconds
        said = ""
        try:
            while time.monotonic() < end:
                now = watching.state
                text = _sentence(now)
                if text != said:
                    out.note(text)
                    said = text
                if now.state == "off":
                    break
                time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            pass  # the ordinary end
    data = {**dict(counts), "watch": library.watch_state}
    parts = [f"{counts[what]} {what}" for what in _WHAT if counts[what]]
    out.result(data, ", ".join(parts) or "nothing has changed")


def _sentence(now: WatchState) -> str:
    """How it stands, in one line; what cannot be seen and what helps in lines of their own."""
    folders = f"{counted(len(now.folders), 'folder')} with everything below"
    text = {
        "off": "watching is switched off; 'audobon watch --on' allows it",
        "none": "nobody watches this library now",
        "starting": "looking at everything once",
        "watching": f"watching {folders}",
        "unable": "nothing is watched",
    }[now.state]
    if now.state in ("watching", "starting") and now.pid:
        text += f", by process {now.pid}"
    lines = [text, *(f"away: {folder}" for folder in now.away)]
    lines += [f"{now.problem}"] if now.problem else []
    lines += [f"  hint: {now.hint}"] if now.hint else []
    return "\n".join(lines)
