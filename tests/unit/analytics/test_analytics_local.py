"""An export into local-bigquery, which is another's reading of BigQuery, and its queries there.

Between them stands a line that loses replies. Run by ``tools/dev.py test --bigquery``.
"""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.cloud.analytics import BigQuerySink
from audobon.cloud.analyticsclient import Patience
from audobon.errors import Unavailable
from audobon.model.analytics import TABLES, Target
from audobon.services.analytics import exporting
from audobon.services.analytics.queries import QUERIES, sql

pytestmark = [pytest.mark.bigquery, pytest.mark.xdist_group("bigquery")]

NAMED = "AUDOBON_TEST_BIGQUERY"
QUICK = Patience(patience_s=60.0, first_s=0.01, longest_s=0.1)
HASTY = Patience(patience_s=0.0)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a local-bigquery."""
    python = Path(os.environ[NAMED])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = {"HOME": str(python.parent.parent / "home")}
    server = subprocess.Popen(
        [python.parent / "local-bigquery", "--host", "127.0.0.1", "--port", str(port), "serve"],
        cwd=tmp_path_factory.mktemp("bigquery"),
        env=os.environ | home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/bigquery/v2/projects/studio/datasets", server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while True:
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"local-bigquery does not start: {error}")
            time.sleep(0.1)


class Line:
    """Hands on whole requests, each on a connection of its own, and loses replies to some."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._to = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lose: list[bytes] = []
        """Parts of the first line of requests: the next one that has it is done without a reply."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far:
            asked = _whole(near)
            head, _, body = asked.partition(b"\r\n\r\n")
            kept = [
                each for each in head.split(b"\r\n") if not each.lower().startswith(b"connection")
            ]
            far.sendall(b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body)
            said = b""
            while data := far.recv(65536):
                said += data
            for each in self.lose:
                if each in kept[0]:
                    self.lose.remove(each)
                    return
            near.sendall(said)

    def close(self) -> None:
        self._listener.close()


def _whole(near: socket.socket) -> bytes:
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += near.recv(65536) or b"\r\n\r\n"
    head, _, body = asked.partition(b"\r\n\r\n")
    lengths = [
        each.split(b":")[1] for each in head.lower().split(b"\r\n") if b"content-length" in each
    ]
    while lengths and len(body) < int(lengths[0]):
        body += near.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def line(service: str) -> Iterator[Line]:
    made = Line(service)
    yield made
    made.close()
    gc.collect()


@pytest.fixture
def target(library: audobon.Library) -> Target:
    dataset = f"figures_{uuid.uuid4().hex}"
    library.analytics.switch_on("studio", dataset, include=["names", "words", "people"])
    return Target("studio", dataset)


def _send(library: audobon.Library, url: str, patience: Patience = QUICK) -> int:
    def opened(target: Target) -> BigQuerySink:
        return BigQuerySink(target, endpoint=url, patience=patience)

    return exporting.export(library._stores, None, opened).rows


def _ask(url: str, target: Target, text: str) -> list[dict[str, Any]]:
    sink = BigQuerySink(target, endpoint=url)
    try:
        return [dict(row) for row in sink._client.query(text).result()]
    finally:
        sink.close()


def _ids(url: str, target: Target) -> list[str]:
    names = [f"SELECT row_id FROM `{target.project}.{target.dataset}.{t.name}`" for t in TABLES]
    return [row["row_id"] for row in _ask(url, target, " UNION ALL ".join(names))]


def test_rows_come_there_once_and_every_query_runs(
    library: audobon.Library, service: str, target: Target
) -> None:
    assert _send(library, service) == 9
    assert _send(library, service) == 0
    assert len(_ids(service, target)) == len(set(_ids(service, target))) == 9
    place = f"{target.project}.{target.dataset}"
    for name in QUERIES:
        found = _ask(service, target, sql(name, "bigquery", place))
        assert bool(found) == (name != "latency"), name
    [holding] = _ask(service, target, sql("holdings", "bigquery", place))
    assert holding == {"kind": "text", "format": "text", "assets": 3, "total_bytes": 13}
    [asset] = _ask(
        service, target, f"SELECT path, tags FROM `{place}.assets` WHERE path LIKE '%moos%'"
    )
    assert asset == {"path": "MyAssets/graumoos.txt", "tags": ["zimtstern"]}


@pytest.mark.parametrize("patience", [QUICK, HASTY], ids=["asked again", "the next export"])
def test_replies_that_are_lost_bring_nothing_twice(
    library: audobon.Library, service: str, line: Line, target: Target, patience: Patience
) -> None:
    line.lose += [
        b"/upload/",
        b"/upload/",
        b"/insertAll",
        b"/insertAll",
        b"POST /bigquery/v2/projects/studio/datasets",
    ]
    for _ in range(6):
        try:
            _send(library, line.url, patience)
            break
        except Unavailable:
            assert patience is HASTY
    assert line.lose == []
    ids = _ids(service, target)
    assert len(ids) == len(set(ids)) == 9
