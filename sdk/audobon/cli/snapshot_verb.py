"""``audobon snapshot``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from attrs import evolve

from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.sizes import rate_of, would_text
from audobon.cli.table import table
from audobon.cli.words import counted, human_size, unread_lines, when
from audobon.codec.plain import to_plain
from audobon.errors import Corrupt, Invalid

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.snapshot import Retention, Snapshot, SnapshotSettings

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@verb("snapshot")
@click.argument("to", required=False)
@click.option("--reason", default="", help="Before what it is made.")
@click.option("--tag", "tags", multiple=True, help="Keep it for ever, under this name.")
@click.option("--list", "listing", is_flag=True, help="List the snapshots of the place.")
@click.option("--files", "files", metavar="ID", help="List the files of one ('-': the newest).")
@click.option("--restore", "ident", metavar="ID", help="Restore from one ('-': the newest).")
@click.option("--ref", metavar="REF", help="With --restore: this asset alone.")
@click.option(
    "--out", "target", metavar="PATH", type=click.Path(), help="With --restore: to this place."
)
@click.option("--forget", is_flag=True, help="Forget what the policy does not keep; free space.")
@click.option("--drop", multiple=True, metavar="ID", help="With --forget: this one too.")
@click.option(
    "--grace", default="7d", show_default=True, help="With --forget: what stays how long."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be sent, or go.")
@click.option(
    "--repair", is_flag=True, help="Have library and place make good each other's damage."
)
@click.option("--keep", metavar="POLICY", help="As last=3,hourly=24,daily=7,weekly=5,monthly=12.")
@click.option(
    "--every", metavar="AGE", help="Make them by themselves into TO: 12h, 1d; off ends it."
)
@click.option("--limit", metavar="SPEED", help="Cap the place, as 2MB/s; off ends it.")
@click.option("--due", is_flag=True, help="Make one if it is time, into the place of --every.")
@click.option("--passphrase-file", type=click.Path(), help="Of a place that is encrypted.")
def command(out: Output, library: str | None, to: str | None, **chosen: object) -> None:
    """Keep the whole library in another place; list, restore, forget and repair there.

    TO is a folder or an address as gs://bucket/prefix; without it the place
    of the schedule. What is uncommitted is in a snapshot too.
    """
    reads = bool(chosen["listing"] or chosen["files"] or (chosen["ident"] and chosen["target"]))
    with open_library(library, writes=not reads) as opened:
        _Call(out, opened, to, chosen).run()


class _Call:
    """One call of the verb."""

    def __init__(
        self, out: Output, library: Library, to: str | None, chosen: dict[str, object]
    ) -> None:
        self._out = out
        self._library = library
        self._snapshots = library.snapshots
        if chosen["passphrase_file"] is not None:
            file = str(chosen["passphrase_file"])
            self._snapshots = library.snapshots.unlocked(passphrase_file=file)
        self._chosen = chosen
        self._schedule = library.snapshots.schedule
        self._named = to
        ways = [
            name
            for name in ("listing", "files", "ident", "forget", "repair", "due", "limit")
            if chosen[name]
        ]
        if len(ways) > 1 or (chosen["every"] and ways):
            raise Invalid(
                "of --list, --files, --restore, --forget, --repair, --every, --due and --limit "
                "one at a time"
            )
        if chosen["dry_run"] and (chosen["every"] or ways not in ([], ["forget"])):
            raise Invalid("--dry-run is for making a snapshot and for --forget")
        self._way = ways[0] if ways else "every" if chosen["every"] else "make"

    def run(self) -> None:
        getattr(self, f"_{self._way}")()

    @property
    def _to(self) -> str:
        where = self._named or self._schedule.to
        if not where:
            raise Invalid(
                "no place is named and none is configured",
                hint="name a folder, or configure one with --every",
            )
        return where

    def _make(self) -> None:
        if self._chosen["dry_run"]:
            with progress_bar(self._out, "Asking") as (_, cancel):
                told = self._snapshots.estimate(self._to, cancel=cancel)
            self._out.result(told, would_text(told, "send"))
            return
        with progress_bar(self._out, "Snapshot") as (progress, cancel):
            made = self._snapshots.make(
                self._to,
                reason=str(self._chosen["reason"]),
                tags=_texts(self._chosen["tags"]),
                progress=progress,
                cancel=cancel,
            )
        self._tell(made)

    def _tell(self, made: Snapshot) -> None:
        lines = [
            f"snapshot {made.id}: {counted(made.files, 'file')}, {human_size(made.bytes)}; "
            f"{human_size(made.stored)} new in the place"
        ]
        lines += [f"  could not be read: {path}" for path in made.skipped]
        lines += [f"  {line}" for line in unread_lines(made.unread)]
        if made.lacking:
            lacking = counted(len(made.lacking), "file")
            are = "is" if len(made.lacking) == 1 else "are"
            lines.append(
                f"  {lacking} of old versions {are} neither here nor there, only at a remote"
            )
            lines[-1] += " if anywhere: 'audobon verify' tells which are lost"
        self._out.result({"snapshot": to_plain(made)}, "\n".join(lines))

    def _listing(self) -> None:
        found = self._snapshots.list(self._to)
        rows = [
            (
                one.id,
                when(one.time),
                counted(one.files, "file"),
                human_size(one.bytes),
                f"+{human_size(one.stored)}",
                " ".join((*(f"[{tag}]" for tag in one.tags), one.reason)),
            )
            for one in found
        ]
        self._out.result(
            {"snapshots": list(found)},
            lambda: table(rows) or "the place has no snapshot of this library",
        )

    def _files(self) -> None:
        found = self._snapshots.files(self._to, _ident(self._chosen["files"]))
        rows = [(one.path, human_size(one.size), " ".join(one.tags)) for one in found]
        self._out.result({"files": list(found)}, lambda: table(rows) or "it has no file")

    def _ident(self) -> None:
        ident, ref, to = (self._chosen[name] for name in ("ident", "ref", "target"))
        with progress_bar(self._out, "Restoring") as (progress, cancel):
            if ref is not None:
                done = self._snapshots.restore(
                    *(self._to, asset_argument(str(ref)), _ident(ident)),
                    to=None if to is None else str(to),
                    cancel=cancel,
                )
                self._out.result(done, f"restored {done.path}")
            elif to is not None:
                made = self._snapshots.export(
                    *(self._to, str(to), _ident(ident)), progress=progress, cancel=cancel
                )
                lost = Corrupt(f"{counted(len(made.failed), 'file')} could not be written")
                self._out.result(
                    {**to_plain(made), "failed": [path for path, _ in made.failed]},
                    f"{counted(len(made.written), 'file')} written to {made.folder}",
                    error=lost if made.failed else None,
                )
            else:
                plan = self._snapshots.go_back(
                    self._to, _ident(ident), progress=progress, cancel=cancel
                )
                self._out.result(
                    plan,
                    f"back on {plan.name}: {counted(len(plan.written), 'file')} written, "
                    f"{len(plan.removed)} removed, {len(plan.edited)} edited",
                )

    def _forget(self) -> None:
        named = _texts(self._chosen["drop"])
        policy = _policy(self._chosen["keep"], self._schedule.keep)
        done = self._snapshots.forget(
            self._to,
            None if named and not self._chosen["keep"] else policy,
            snapshots=named,
            grace=_age(str(self._chosen["grace"])),
            dry_run=bool(self._chosen["dry_run"]),
        )
        word = "would be forgotten" if done.dry_run else "forgotten"
        text = (
            f"{counted(len(done.forgotten), 'snapshot')} {word}, {done.kept} kept; "
            f"{counted(done.removed, 'object')} removed ({human_size(done.freed)}), "
            f"{done.waiting} in the grace period"
        )
        self._out.result(done, text)

    def _repair(self) -> None:
        with progress_bar(self._out, "Repairing") as (progress, cancel):
            done = self._snapshots.repair(self._to, progress=progress, cancel=cancel)
        lines = [
            f"library: {counted(done.packs_here, 'damaged pack')} set aside, "
            f"{counted(done.fetched, 'file')} fetched",
            f"place: {counted(done.packs_there, 'damaged pack')} replaced, "
            f"{counted(done.sent, 'file')} sent",
            *(f"  left: {problem}" for problem in done.left),
        ]
        left = Corrupt(f"{counted(len(done.left), 'problem')} could not be made good")
        self._out.result(done, "\n".join(lines), error=left if done.left else None)

    def _every(self) -> None:
        every = str(self._chosen["every"])
        keep = _policy(self._chosen["keep"], self._schedule.keep)
        if every == "off":
            made = evolve(self._schedule, to="")
        else:
            made = evolve(self._schedule, to=self._to, every=_age(every), keep=keep)
        self._said(self._snapshots.set_schedule(made))

    def _said(self, made: SnapshotSettings) -> None:
        hours = made.every.total_seconds() / 3600
        text = f"every {hours:g} hours into {made.to}" if made.to else "no snapshot by itself"
        self._out.result({**to_plain(evolve(made, every=made.every)), "every": hours}, text)

    def _limit(self) -> None:
        self._snapshots.set_limit(self._to, rate_of(str(self._chosen["limit"])))
        limit = self._snapshots.limit(self._to)
        text = "no cap" if limit is None else f"at most {human_size(limit)}/s"
        self._out.result({"to": self._to, "limit": limit}, f"{self._to}: {text}")

    def _due(self) -> None:
        with progress_bar(self._out, "Snapshot") as (progress, cancel):
            made = self._snapshots.run_due(progress=progress, cancel=cancel)
        if made is None:
            self._out.result({"snapshot": None}, "none is due")
        else:
            self._tell(made)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _ident(value: object) -> str:
    return "" if value == "-" else str(value)


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text.strip().lower())
    if match is None:
        raise Invalid(f"{text!r} is not an age; write a number and h, d or w, as 7d", subject=text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _policy(text: object, usual: Retention) -> Retention:
    if text is None:
        return usual
    given: dict[str, int] = {}
    for part in str(text).split(","):
        match = re.fullmatch(r"\s*(last|hourly|daily|weekly|monthly)=([0-9]{1,6})\s*", part)
        if match is None:
            raise Invalid(
                f"{part!r} is no part of a policy; write last, hourly, daily, weekly or monthly, "
                "= and a number, with commas between them",
                subject=part,
            )
        given[match[1]] = int(match[2])
    # What is not named is not kept: a policy is said whole.
    none = dict.fromkeys(("last", "hourly", "daily", "weekly", "monthly"), 0)
    return evolve(usual, **{**none, **given})
