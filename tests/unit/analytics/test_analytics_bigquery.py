"""An export into BigQuery through Google's own client, against a stand-in on this machine."""

from __future__ import annotations

import gc
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakebigquery import FakeBigQuery, Fault, fake_bigquery

import audobon
from audobon.cli.root import cli
from audobon.cloud.analytics import BigQuerySink
from audobon.cloud.analyticsclient import Patience
from audobon.errors import AudobonError, Invalid, MissingExtra, NotFound, ReadOnly, Unavailable
from audobon.model.analytics import TABLES, AnalyticsReport, Target
from audobon.services.analytics import exporting

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("cloud")]

QUICK = Patience(timeout_s=(2.0, 5.0), patience_s=8.0, first_s=0.01, longest_s=0.05)
HASTY = Patience(timeout_s=(0.3, 0.3), patience_s=0.0, first_s=0.01)
Send = Callable[..., AnalyticsReport]


@pytest.fixture
def service() -> Iterator[FakeBigQuery]:
    with fake_bigquery() as made:
        yield made
    gc.collect()  # a connection that was left open is told of here


@pytest.fixture
def send(library: audobon.Library, service: FakeBigQuery) -> Send:
    """An export that is switched on, with little patience."""
    library.analytics.switch_on("studio", "figures", location="EU")

    def run(patience: Patience = QUICK, page: int = exporting.PAGE) -> AnalyticsReport:
        def opened(target: Target) -> BigQuerySink:
            return BigQuerySink(target, endpoint=service.url, patience=patience)

        return exporting.export(library._stores, None, opened, page=page)

    return run


def _ids(service: FakeBigQuery) -> list[str]:
    return sorted(row["row_id"] for rows in service.rows.values() for row in rows)


def test_rows_come_into_tables_that_are_made_for_them(
    send: Send, service: FakeBigQuery, library: audobon.Library
) -> None:
    assert send().rows == 9
    assert {name: len(rows) for name, rows in service.rows.items()} == {
        **{"assets": 3, "versions": 1, "usage_events": 3},
        **{"jobs": 1, "metrics": 0, "resources": 1},
    }
    assert service.datasets == {"figures": "EU"}
    for table in TABLES:
        made = service.tables[table.name]
        assert [each["name"] for each in made["schema"]["fields"]] == [
            column.name for column in table.columns
        ]
        assert made["timePartitioning"] == {"type": "DAY", "field": "exported"}
    loads = [ident for ident, job in service.jobs.items() if "load" in job["configuration"]]
    assert [ident.rsplit("-", 3)[0] for ident in loads] == ["audobon-assets", "audobon-versions"]
    told = json.dumps(service.rows)
    assert not any(word in told for word in ("graumoos", "zimtstern", "ada@", "kobold"))
    assert send().rows == 0
    assert len(_ids(service)) == 9
    assert library.analytics.state().problem == ""


CUT = [
    Fault("GET", "/datasets/figures", times=2),
    Fault("POST", "/datasets"),
    Fault("POST", "/tables", times=3),
    Fault("POST", "/upload/", times=2),
    Fault("POST", "/insertAll", times=3),
    Fault("GET", "/jobs/", times=2),
]


@pytest.mark.parametrize("fault", CUT, ids=lambda fault: f"{fault.method}{fault.path}")
def test_a_reply_that_was_lost_brings_nothing_twice(
    send: Send, service: FakeBigQuery, fault: Fault
) -> None:
    service.forgets, service.running = True, 3  # equal ids are not dropped, as a minute later
    service.faults.append(Fault(fault.method, fault.path, times=fault.times))
    assert send().rows == 9
    ids = _ids(service)
    assert len(ids) == len(set(ids)) == 9
    loads = [job for job in service.jobs.values() if "load" in job["configuration"]]
    assert len(loads) == 2


@pytest.mark.parametrize("path", ["/upload/", "/insertAll"])
def test_cut_off_for_long_it_says_so_waits_and_goes_on_there(
    send: Send, service: FakeBigQuery, library: audobon.Library, path: str
) -> None:
    service.forgets = True
    service.faults.append(Fault("POST", path))  # done, but nobody is told
    with pytest.raises(Unavailable, match="what is left waits, and the next export goes on"):
        send(HASTY)
    assert "cannot be reached" in library.analytics.state().problem
    assert library.analytics.preview().rows > 0
    send()
    ids = _ids(service)
    assert len(ids) == len(set(ids)) == 9
    assert library.analytics.state().problem == ""


def test_many_batches_each_go_once(
    send: Send, service: FakeBigQuery, library: audobon.Library
) -> None:
    for number in range(6):
        library.record_use("copy.txt", "placed" if number % 2 else "linked", host="krita")
    service.forgets = True
    for number in range(4):
        service.faults.append(Fault("POST", ("/upload/", "/insertAll")[number // 2]))
        with pytest.raises(Unavailable):
            send(HASTY, page=2)
    send(page=2)
    ids = _ids(service)
    assert len(ids) == len(set(ids)) == 15


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_burst_of_refusals_passes(send: Send, service: FakeBigQuery, status: int) -> None:
    for method, path in (("GET", "/tables/"), ("POST", "/upload/"), ("POST", "/insertAll")):
        service.faults.append(Fault(method, path, status, times=3))
    service.faults.append(Fault("POST", "/upload/", 403, reason="rateLimitExceeded"))
    assert send().rows == len(set(_ids(service))) == len(_ids(service)) == 9


def test_a_job_that_failed_is_told_and_the_next_export_has_another(
    send: Send, service: FakeBigQuery
) -> None:
    service.failing = 1
    with pytest.raises(Invalid, match="does not take the rows: no such field"):
        send()
    assert service.rows["assets"] == []
    assert send().rows == 9
    first = [ident for ident in service.jobs if "-assets-" in ident]
    assert [ident[-2:] for ident in first] == ["-0", "-1"]


@pytest.mark.parametrize(
    ("status", "kind", "words", "hint"),
    [
        (401, Unavailable, "does not know who asks", "gcloud auth application-default login"),
        (403, ReadOnly, "may not be written by this account", "roles/bigquery.dataEditor"),
        (404, NotFound, "there is no", "is BigQuery enabled"),
        (400, Invalid, "refuses it: it says no", ""),
    ],
)
def test_a_refusal_is_told_with_what_helps(
    send: Send,
    service: FakeBigQuery,
    status: int,
    kind: type[AudobonError],
    words: str,
    hint: str,
) -> None:
    service.faults.append(Fault("POST", "/datasets", status, times=9))
    with pytest.raises(kind, match=words) as raised:
        send()
    assert hint in raised.value.hint
    assert raised.value.__cause__ is None or isinstance(raised.value.__cause__, AudobonError)
    assert not service.rows


def test_a_service_that_never_answers_is_given_up(
    library: audobon.Library, send: Send, service: FakeBigQuery
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable, match="cannot be reached; what is left waits"):
            send(HASTY)
    gc.collect()


def test_a_table_of_an_older_version_gets_its_new_columns(
    send: Send, service: FakeBigQuery
) -> None:
    send()
    fields = service.tables["jobs"]["schema"]["fields"]
    service.tables["jobs"]["schema"]["fields"] = fields[:-1]
    send()
    assert service.tables["jobs"]["schema"]["fields"][-1]["name"] == fields[-1]["name"]


def test_tables_that_were_taken_away_there_begin_anew(send: Send, service: FakeBigQuery) -> None:
    send()
    del service.tables["assets"], service.rows["assets"]
    sent = send()
    assert {each.table: each.rows for each in sent.tables if each.rows} == {"assets": 3}


def test_offline_the_verb_says_so_and_the_rows_wait(
    library: audobon.Library, monkeypatch: pytest.MonkeyPatch, service: FakeBigQuery
) -> None:
    library.analytics.switch_on("studio", "figures")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    monkeypatch.setattr("audobon.cloud.analytics.Patience", lambda: HASTY)
    line = ["analytics", "export", "--library", str(library.path)]
    done = CliRunner().invoke(cli, line)
    assert done.exit_code == 50
    assert "bigquery:studio.figures.assets cannot be reached; what is left waits" in done.output
    shown = CliRunner().invoke(cli, ["analytics", "--library", str(library.path)]).output
    assert "waiting: bigquery:studio.figures.assets cannot be reached" in shown
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", service.url)
    assert CliRunner().invoke(cli, line).output.startswith("9 rows sent to bigquery:studio")


def test_an_emulator_elsewhere_is_refused(
    library: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.analytics.switch_on("studio", "figures")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "https://example.org")
    with pytest.raises(Invalid, match="must be on this machine"):
        library.analytics.export()


def test_without_the_extra_it_says_what_to_install(
    library: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.analytics.switch_on("studio", "figures")
    monkeypatch.setitem(sys.modules, "google.cloud.bigquery", None)
    with pytest.raises(MissingExtra) as raised:
        library.analytics.export()
    assert raised.value.hint == "pip install 'audobon[bigquery]'"
    # All else of the verb needs nothing of it.
    for what in ("show", "preview", "schema", "queries", "off"):
        done = CliRunner().invoke(cli, ["analytics", what, "--library", str(library.path)])
        assert done.exit_code == 0, done.output


def test_nobody_signed_in_is_told(
    library: audobon.Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import google.auth

    def nobody(**_: Any) -> Any:
        raise google.auth.exceptions.DefaultCredentialsError("none")

    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(google.auth, "default", nobody)
    library.analytics.switch_on("studio", "figures")
    with pytest.raises(Unavailable, match="nobody is signed in here"):
        library.analytics.export()


def test_who_asks_cannot_be_told_offline_and_the_rows_wait(
    library: audobon.Library, service: FakeBigQuery
) -> None:
    from google.oauth2.credentials import Credentials

    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    secret = "1//refresh-of-ada"
    signed_in = Credentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=secret,
        token_uri=f"http://127.0.0.1:{port}/token",
        client_id="audobon",
        client_secret="none",
    )
    library.analytics.switch_on("studio", "figures")

    def opened(target: Target) -> BigQuerySink:
        return BigQuerySink(target, credentials=signed_in, endpoint=service.url, patience=HASTY)

    with pytest.raises(Unavailable, match="cannot be asked who you are; what is left") as raised:
        exporting.export(library._stores, None, opened)
    assert secret not in f"{raised.value!r}{raised.value.__cause__!r}"
    assert service.seen == []


def test_two_exports_at_once_send_nothing_twice(send: Send, service: FakeBigQuery) -> None:
    sent: list[int] = []
    threads = [threading.Thread(target=lambda: sent.append(send().rows)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 9]
    assert len(_ids(service)) == 9
