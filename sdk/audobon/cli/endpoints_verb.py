"""``audobon vertex deploy``, ``undeploy``, ``endpoints``, ``predict`` and ``batch``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from audobon.cli import complete, run_text
from audobon.cli.base import Output, asset_argument, open_library, verb
from audobon.cli.progress import progress_bar
from audobon.cli.run_verb import setting
from audobon.cli.table import table
from audobon.cli.words import one_line
from audobon.cloud.calling import need_client
from audobon.cloud.clients import Clients
from audobon.cloud.endpoints import Endpoint, Endpoints
from audobon.cloud.ledger import Ledger
from audobon.cloud.predicting import Predictor
from audobon.cloud.settings import cloud_folder, load_settings
from audobon.cloud.uploads import Registry
from audobon.errors import Invalid
from audobon.storage.objects import around, open_store
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["VERBS"]

_MACHINE, _BATCH, _HOURS = "e2-standard-2", "e2-standard-4", 1.0
_STEPS = 1000


@contextmanager
def _endpoints() -> Iterator[Endpoints]:
    need_client()
    folder = cloud_folder()
    with Clients(load_settings(folder)) as clients:
        yield Endpoints(clients, Ledger(folder))


@verb("deploy")
@click.argument("component")
@click.option("--which", default="default", metavar="NAME", help="An alias, or a number.")
@click.option("--machine", default=_MACHINE, metavar="NAME", help="The machine that answers.")
@click.option("--hours", default=_HOURS, type=click.FloatRange(0.1, 720), help="At most.")
@click.option("--yes", is_flag=True, help="Do it; without this only its price is told.")
def deploy(
    out: Output,
    library: str | None,
    component: str,
    which: str,
    machine: str,
    hours: float,
    yes: bool,
) -> None:
    """Have an uploaded version of COMPONENT answer in Vertex AI.

    It costs as long as it is there, asked or not. Takes some 15 minutes.
    """
    with _endpoints() as endpoints:
        settings = endpoints.clients.settings
        hour = settings.rates.hour(machine, serving=True)
        price = (
            f"{component} on one {machine} costs {hour:.3f} {settings.currency} an hour, asked or "
            f"not: up to {hour * hours:.2f} in {hours:g} hours"
        )
        if not yes:
            spent = endpoints.ledger.spent()
            told = {"hour": hour, "most": hour * hours, "currency": settings.currency}
            text = (
                f"{price}\n{spent:.2f} of {settings.most_money:.2f} {settings.currency} spent or "
                "set aside\nnothing is deployed; --yes does it"
            )
            out.result({"deployed": None, "spent": spent, **told}, text)
            return
        out.note(price)
        store = around(open_store(settings.place, impersonate=settings.impersonate))
        try:
            model = Registry(endpoints.clients, store).get(component, which)
        finally:
            store.close()
        made = endpoints.deploy(model, machine=machine, hours=hours)
    out.result({"deployed": made}, f"{_said(made)}\n'audobon run ... --device vertex' asks it")


@verb("undeploy")
@click.argument("component")
def undeploy(out: Output, library: str | None, component: str) -> None:
    """Take down what answers for COMPONENT, and what it costs ends."""
    with _endpoints() as endpoints:
        run = endpoints.undeploy(component)
    cost = f", after {run.cost:.4f} {run.currency}" if run is not None else ""
    out.result({"run": run}, f"{component} is taken down{cost}")


@verb("endpoints")
def list_endpoints(out: Output, library: str | None) -> None:
    """List what answers, and take down what is there longer than it may be."""
    with _endpoints() as endpoints:
        late = endpoints.end_late()
        found = endpoints.list()
    for run in late:
        out.note(f"{run.what} was there longer than it may be, and is taken down")
    head = ("component", "version", "machine", "until", "an hour")
    rows = [
        (each.component, each.version or "not yet", each.machine, *_until(each)) for each in found
    ]
    out.result({"endpoints": found, "ended": late}, table(rows, head) or "nothing is deployed")


@verb("predict")
@click.argument("component")
@click.argument("instances", type=click.Path())
@click.option("--to", metavar="FILE", type=click.Path(), help="Write the predictions there.")
def predict(
    out: Output, library: str | None, component: str, instances: str, to: str | None
) -> None:
    """Ask COMPONENT's endpoint what INSTANCES, a file with a JSON list, are."""
    need_client()
    try:
        asked = json.loads(Path(instances).read_bytes())
    except OSError as error:
        raise translate_os_error(error, instances) from error
    except ValueError as error:
        raise Invalid(f"{instances} is no JSON: {error}", subject=instances) from error
    if not isinstance(asked, list):
        raise Invalid(f"{instances} is no list of instances", subject=instances)
    with _endpoints() as endpoints:
        told = Predictor(endpoints.clients, endpoints.ledger).predict(component, asked)
    if to is not None:
        write_atomic(Path(to), json.dumps(told).encode(), mode=0o644)
    text = f"{len(told)} answers in {to}" if to is not None else json.dumps(told)
    out.result({"predictions": told}, text)


@verb("batch")
@click.argument("pipeline")
@click.argument("assets", nargs=-1, required=True, shell_complete=complete.assets)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--backbone", metavar="NAME", help="The component to use as its network.")
@click.option("--machine", default=_BATCH, metavar="NAME", help="The machine that answers.")
@click.option("--hours", default=_HOURS, type=click.FloatRange(0.1, 24), help="At most.")
@click.option("--yes", is_flag=True, help="Do it; without this only its price is told.")
def batch(
    out: Output,
    library: str | None,
    pipeline: str,
    assets: tuple[str, ...],
    settings: tuple[str, ...],
    backbone: str | None,
    machine: str,
    hours: float,
    yes: bool,
) -> None:
    """Run PIPELINE over many ASSETS, its network as one batch in Vertex AI.

    No endpoint is needed. The same call goes on with the batch that was begun.
    """
    need_client()
    rules = load_settings(cloud_folder())
    most = rules.rates.hour(machine, serving=True) * hours
    price = f"one {machine} for up to {hours:g} hours costs up to {most:.2f} {rules.currency}"
    if not yes:
        told = {"most": most, "currency": rules.currency, "results": None}
        out.result(told, f"{price}\nnothing is sent; --yes does it")
        return
    out.note(price)
    params = dict(map(setting, settings)) | ({"backbone": backbone} if backbone else {})
    with open_library(library, writes=True) as opened:
        with progress_bar(out, pipeline) as (progress, cancel):
            result = opened.run_batch(
                pipeline,
                [asset_argument(each) for each in assets],
                machine=machine,
                hours=hours,
                report=lambda done, at: progress(round(done * _STEPS), _STEPS, at),
                cancel=cancel,
                **params,
            )
        lines = [run_text.told(item, elsewhere=False) for item in result["results"]]
        for item in result["failed"]:
            path = opened.get(item["asset"]).path
            lines.append(f"{one_line(path)}: failed: {one_line(item['error']['message'])}")
        if "note" in result:
            out.note(f"{result['unanswered']} unanswered: {result['note']}")
        out.result(result, "\n".join(lines))


def _said(endpoint: Endpoint) -> str:
    until, price = _until(endpoint)
    return f"{endpoint.component} {endpoint.version} answers until {until}, {price} an hour"


def _until(endpoint: Endpoint) -> tuple[str, str]:
    run = endpoint.run
    if run is None:
        return "of somebody else", ""
    end = run.made + timedelta(hours=run.hours)
    late = " (late)" if run.late(datetime.now(UTC)) else ""
    return f"{end:%Y-%m-%d %H:%M} UTC{late}", f"{run.hour:.3f} {run.currency}"


VERBS: tuple[Any, ...] = (deploy, undeploy, list_endpoints, predict, batch)
